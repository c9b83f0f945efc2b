// node run.mjs CLIENT: makes the attempts that stand on standard input, a JSON array, one after the other with CLIENT.mjs.
// For each it prints one line of JSON: access_token, or error and message. The certificates are files.
import fs from 'node:fs';

const { accessToken } = await import(`./${process.argv[2]}.mjs`);
const read = (file) => (file ? fs.readFileSync(file) : undefined);
for (const attempt of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  const { ca, cert, key, ...rest } = attempt;
  let line;
  try {
    line = { access_token: await accessToken({ ...rest, ca: read(ca), cert: read(cert), key: read(key) }) };
  } catch (e) {
    const error = e.error ?? e.data?.payload?.error ?? '';
    line = { error, message: [e.message, e.cause?.message].filter(Boolean).join(': ') };
  }
  console.log(JSON.stringify(line));
}
process.exit(0); // agents may still hold connections
