/*-------------------------------------------------------------------------
 *
 * secret_file.h
 *	  A password or a key that is kept in a file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SECRET_FILE_H
#define ANALYTICS_SECRET_FILE_H

/*
 * What the file holds, without the line end at its end, in the current
 * memory context.  Raises, naming option and file, when it cannot be read, is
 * no regular file, is empty, over 4 kB or holds a NUL.
 */
extern char *secret_file_read(const char *option, const char *path);

#endif /* ANALYTICS_SECRET_FILE_H */
