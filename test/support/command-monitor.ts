import type { CommandStartedEvent, MongoClient } from 'mongodb';
import { type SeenCommand, writes } from './mongo-wire.ts';

export interface CommandMonitor {
  commands: SeenCommand[];
  writes(): SeenCommand[];
  stop(): void;
}

/**
 * Records the commands of a client of this process. For another process, put a proxy before the server.
 * @param client made with `monitorCommands: true`; the driver sends no events else
 */
export function monitorCommands(client: MongoClient): CommandMonitor {
  if (client.options.monitorCommands !== true) throw new Error('the client needs monitorCommands: true');
  const commands: SeenCommand[] = [];
  const record = (event: CommandStartedEvent): void => {
    const value = event.command[event.commandName === 'getMore' ? 'collection' : event.commandName];
    commands.push({
      command: event.commandName,
      collection: typeof value === 'string' ? value : undefined,
      db: event.databaseName,
      body: event.command,
    });
  };
  client.on('commandStarted', record);
  return {
    commands,
    writes: () => commands.filter(writes),
    stop: () => {
      client.off('commandStarted', record);
    },
  };
}
