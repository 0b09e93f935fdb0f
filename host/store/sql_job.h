#ifndef HOST_STORE_SQL_JOB_H
#define HOST_STORE_SQL_JOB_H

#define SQL_JOB(X)

#endif
