// Reads texts that "mtlscheck pki register --for oidc-provider" prints, as a JSON array, from stdin. It starts nothing, and prints
// what oidc-provider makes of the one client of each: the metadata of a client is checked when it is first looked up.
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';

const understood = [];
for (const text of JSON.parse(readFileSync(0, 'utf8'))) {
  const configuration = (0, eval)(`(${text})`);
  const [{ client_id: id }] = configuration.clients;
  try {
    understood.push((await new Provider('https://localhost', configuration).Client.find(id)).metadata());
  } catch (e) {
    understood.push({ error: e.message, why: e.error_description });
  }
}
console.log(JSON.stringify(understood));
