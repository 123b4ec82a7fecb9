/**
 * The little that the monitor needs of MongoDB's driver. The app hands in its own MongoClient or Db, of
 * whatever driver version (4 to 7, Mongoose's included); the monitor brings no driver.
 */
export interface MongoDbPort {
    readonly databaseName?: string;
    command(command: object): Promise<unknown>;
    listCollections?(filter?: object, options?: object): {
        toArray(): Promise<readonly object[]>;
    };
    collection?(name: string): {
        estimatedDocumentCount(options?: object): Promise<number>;
    };
}
export interface MongoClientPort {
    db(name?: string): MongoDbPort;
}
/** A client or a database; or a function that gives one as soon as the app has connected. */
export type MongoSource = MongoClientPort | MongoDbPort | (() => MongoClientPort | MongoDbPort | null | undefined);
/** The driver's events, as far as they can be had from what was handed in. */
export interface EventSource {
    on(event: string, listener: (event: never) => void): unknown;
    off(event: string, listener: (event: never) => void): unknown;
}
export interface ResolvedMongo {
    readonly db: MongoDbPort;
    /** The client, where it can be had. */
    readonly events: EventSource | null;
}
/** @returns null where the app's function has nothing to give yet */
export declare function resolveMongo(source: MongoSource, database: string | undefined): ResolvedMongo | null;
export declare function isMongoSource(value: unknown): value is MongoSource;
