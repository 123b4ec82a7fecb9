import { describe, expect, test } from 'vitest';
import { inputVariable, parseFileCommand } from '../../support/action-files.ts';

describe('the names of input variables', () => {
  test.each([
    ['mode', 'INPUT_MODE'],
    ['mongodb-uri', 'INPUT_MONGODB-URI'],
    ['with space', 'INPUT_WITH_SPACE'],
  ])('%s → %s', (name, variable) => {
    expect(inputVariable(name)).toBe(variable);
  });
});

describe('outputs', () => {
  test.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['a line', 'verdict=pass\n', { verdict: 'pass' }],
    ['an empty value', 'slack-ts=\n', { 'slack-ts': '' }],
    ['an equals sign in the value', 'a=b=c\n', { a: 'b=c' }],
    ['<< in the value', 'a=x<<y\n', { a: 'x<<y' }],
    ['a heredoc', 'a<<EOF\none\ntwo\nEOF\nb=1\n', { a: 'one\ntwo', b: '1' }],
    ['an empty heredoc', 'a<<EOF\nEOF\n', { a: '' }],
    ['a heredoc of one empty line', 'a<<EOF\n\nEOF\n', { a: '' }],
    ['a heredoc that holds assignments', 'a<<EOF\nb=injected\nEOF\n', { a: 'b=injected' }],
    ['the later value', 'a=1\na=2\n', { a: '2' }],
    ['Windows line ends', 'a<<EOF\r\none\r\nEOF\r\n', { a: 'one' }],
  ])('%s', (_name, text, outputs) => {
    expect(parseFileCommand(text)).toEqual(outputs);
  });

  test.each([
    ['no equals sign', 'verdict\n', /neither/],
    ['no name', '=pass\n', /name is empty/],
    ['no end', 'a<<EOF\none\n', /no closing delimiter/],
    ['no delimiter', 'a<<\none\n', /delimiter is empty/],
  ])('%s is refused', (_name, text, message) => {
    expect(() => parseFileCommand(text)).toThrow(message);
  });
});
