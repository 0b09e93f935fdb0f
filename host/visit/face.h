#ifndef HOST_VISIT_FACE_H
#define HOST_VISIT_FACE_H

#include "host/visit/evidence.h"
#include "host/visit/login.h"

/* What a front end does for a visit verified by face or by sight. */
struct face_ports {
	/* 照合番号B, 14 digits; tries are those left, -1 not known yet. */
	enum err	(*ask_number)(void *ctx, int tries, struct secret *);
	/*
	 * The photograph as PNG, which the callee takes over, and what was
	 * made of it.  ERR_OK: the kiosk's engine matched it, well signed;
	 * ERR_NOT_MATCHED, ERR_EVIDENCE.
	 */
	enum err	(*ask_evidence)(void *ctx, struct blob *photo,
			    struct evidence *);
	/* The same for a member of the staff: ERR_OK, ERR_NOT_MATCHED. */
	enum err	(*ask_attestation)(void *ctx, struct blob *photo);
	void		(*want_card)(void *ctx);
	void		(*have_card)(void *ctx);
	int		(*cancelled)(void *ctx);
	void		*ctx;
};

/*
 * From IDLE to VERIFIED without a PIN: 照合番号B, the card's surface, its
 * genuineness, its own key; then the person is compared with the photograph,
 * by the kiosk's engine (method face) or a member of the staff (visual).  The
 * key for user authentication is not used: without its PIN it is reserved
 * to approved verifiers (features.md R05).  One entry of the number is at
 * most one VERIFY per application.  On failure the visit has ended.
 */
enum err	login_face(struct visit *, struct tp *,
		    const struct face_ports *);

/*
 * Whom a face reader's result means: this patient, by birth date, sex, name
 * and kana, and only if it was made while the visit was armed (wall ms) and
 * FACE_LATE_MS after: the file carries no other bond (oqs-files.md 1).
 */
#define FACE_EARLY_MS	5000	/* two clocks, our limit */
#define FACE_LATE_MS	180000	/* arming with ゆっくり, and the terminal */
/* By birth date, sex, name and kana alone; a result without a person, or not
 * accepted, is nobody's. */
enum match	face_says(const struct result *, const struct patient *);
enum match	face_match(const struct result *, const struct patient *,
		    int64_t armed_at);

/*
 * Binds it: from IDLE to ANSWERED, with the consent as the result states it.
 * The result moves into the visit.  ERR_CONTRADICTS: nothing happened.
 */
enum err	face_bind(struct visit *, const struct patient *,
		    struct result **, const char *digest);

#endif
