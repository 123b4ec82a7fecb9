// nodemailer is CommonJS: a dynamic import of it loses its named exports in the bundle, one of this file does not.
export { createTransport } from 'nodemailer';
