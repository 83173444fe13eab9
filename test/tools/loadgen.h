/*-------------------------------------------------------------------------
 *
 * loadgen.h
 *	  The commands of the load generator.
 *
 * Each takes its own arguments (argv[0] is the command's name), prints its
 * result on standard output, and returns the exit status.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOADGEN_H
#define LOADGEN_H

extern int command_generate(int argc, char **argv);
extern int command_put(int argc, char **argv);
extern int command_delete(int argc, char **argv);
extern int command_bucket(int argc, char **argv);
extern int command_publish(int argc, char **argv);
extern int command_expect(int argc, char **argv);

#endif /* LOADGEN_H */
