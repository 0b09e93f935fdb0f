#include "host/store/joint.h"

enum err
joint_begin(struct store *s, int *mine)
{
	enum err r = store_begin(s);

	*mine = r == ERR_OK;
	return (r == ERR_SEQUENCE ? ERR_OK : r);
}

enum err
joint_end(struct store *s, int mine, enum err r)
{
	if (!mine)
		return (r);
	if (r == ERR_OK)
		r = store_commit(s);
	if (r != ERR_OK)
		store_rollback(s);
	return (r);
}
