// Two published validators of FHIR R4, which bring their definitions along:
// the JSON schema (forms of values, unknown members) and lantanagroup's fhir
// (what is required, codes of value sets).  {name: resource} on standard
// input, {name: [fault, ...]} on standard output.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(
    new URL("../../host/web/package.json", import.meta.url));
const { Fhir } = require("fhir");
const Schema = require("@asymmetrik/fhir-json-schema-validator");

const fhir = new Fhir();
const schema = new Schema();

function faults(resource) {
	const found = schema.validate(resource).map((e) =>
	    `schema: ${e.dataPath || "/"} ${e.message}`);
	const { messages } = fhir.validate(resource,
	    { errorOnUnexpected: true });
	for (const m of messages)
		if (m.severity === "error" || m.severity === "fatal")
			found.push(`fhir: ${m.location}: ${m.message}`);
	return found;
}

const given = JSON.parse(readFileSync(0, "utf8"));
const out = {};
for (const [name, resource] of Object.entries(given)) {
	out[name] = faults(resource);
	for (const e of resource.entry ?? [])
		out[name].push(...faults(e.resource));
}
process.stdout.write(JSON.stringify(out));
