/*
 * What a visit's identity (openapi.yaml, Visit) is worth: words of the texts
 * desk.evidence.WORD, each with whether it speaks for the visit.  Nothing
 * here draws.
 */
function ofCertificate({ verdict, revocation }) {
	return [["pin", true], verdict === "valid" ? ["certificate", true] :
	    ["certificate_bad", false],
	    [`revocation_${revocation.status}`, revocation.status === "good"]];
}

const ofSurface = ({ verdict }) => [verdict === "genuine" ?
    ["surface", true] : ["surface_bad", false]];

/* What was verified, and what was not: [word, whether it holds]. */
export function evidenceOf(identity) {
	const { proof, certificate, surface, comparison } = identity ?? {};

	if (!proof)
		return [["none", false]];
	return [["signature", true],
	    ...(certificate ? ofCertificate(certificate) : []),
	    ...(surface ? ofSurface(surface) : []),
	    ...(comparison?.by === "staff" ? [["compared", true]] : [])];
}
