#ifndef HOST_STORE_SQL_AUDIT_H
#define HOST_STORE_SQL_AUDIT_H

#define SQL_AUDIT(X)

#endif
