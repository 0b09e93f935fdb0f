/*
 * What the identity (openapi.yaml, Visit) of a visit that was brought here is
 * worth: words of the texts desk.evidence.WORD, each with whether it speaks
 * for the visit.  Nothing here draws.
 */

/* The agent knows the key of the card from the record alone. */
const BY_AGENT = [["ticket", true], ["device", true], ["signature", true]];

function ofCertificate({ verdict, revocation }) {
	return [["pin", true], verdict === "valid" ? ["certificate", true] :
	    ["certificate_bad", false],
	    [`revocation_${revocation.status}`, revocation.status === "good"]];
}

const ofSurface = ({ verdict }) => [verdict === "genuine" ?
    ["surface", true] : ["surface_bad", false]];

/* What the agent verified, and what is the device's word for it:
 * [who, [[word, whether it holds], …]] */
export function evidenceOf(identity) {
	const { proof, certificate, surface, comparison } = identity ?? {};

	if (!proof)
		return [["agent", [["none", false]]]];
	return [["agent", BY_AGENT], ["device", [
	    ...(certificate ? ofCertificate(certificate) : []),
	    ...(surface ? ofSurface(surface) : []),
	    ...(comparison?.by === "staff" ? [["compared", true]] : [])]]];
}
