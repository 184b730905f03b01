// libpq, and what Swift's Glibc module leaves out of the system interfaces that wait for its sockets.
#include <libpq-fe.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// Declared by <pthread.h> only for _GNU_SOURCE.
int pthread_setname_np(pthread_t thread, const char *name);
