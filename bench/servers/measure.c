// Runs a command and says what it cost: wall time, CPU time and the largest resident set of it and its children.
//
//   measure OUT.json LIMIT_SECONDS COMMAND [ARGUMENT…]
//
// A small program of its own, because the resident set of a child forked from a big process starts at that size.
// After LIMIT_SECONDS, or on SIGTERM or SIGINT, the command's process group gets SIGTERM, 3 s later SIGKILL. Whatever it
// leaves behind in its group is ended too. Exits like the command: with its code, or 128 + the signal that ended it.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: measure OUT.json LIMIT_SECONDS COMMAND [ARGUMENT...]\n");
    return 2;
  }
  sigset_t awaited, before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGINT);
  sigprocmask(SIG_BLOCK, &awaited, &before);
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  double start = now(), deadline = start + atof(arguments[2]), end = start;
  pid_t child = fork();
  if (child < 0) {
    perror("measure: fork");
    return 2;
  }
  if (child == 0) {
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &before, 0);
    execvp(arguments[3], arguments + 3);
    perror(arguments[3]);
    _exit(127);
  }
  setpgid(child, child);

  int status = 0, stops = 0, ended = 0;
  while (!ended) {
    double left = deadline - now();
    if (left < 0) left = 0;
    struct timespec wait = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    int signal_number = sigtimedwait(&awaited, 0, &wait);
    if (signal_number == SIGTERM || signal_number == SIGINT || (signal_number < 0 && errno == EAGAIN)) {
      kill(-child, stops++ ? SIGKILL : SIGTERM);
      deadline = now() + 3;
    }
    for (pid_t reaped; (reaped = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (reaped != child) continue;
      end = now();
      ended = 1;
      break;
    }
  }
  // Whatever is left of the group ends here; as its subreaper this process collects it.
  if (kill(-child, SIGKILL) == 0) {
    int ignored;
    while (waitpid(-child, &ignored, 0) > 0);
  }

  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE *out = fopen(arguments[1], "w");
  if (!out) {
    perror(arguments[1]);
    return 2;
  }
  fprintf(out,
          "{\"wallSeconds\":%.6f,\"userSeconds\":%.6f,\"systemSeconds\":%.6f,\"maxResidentKiB\":%ld,"
          "\"exitCode\":%d,\"stopped\":%s}\n",
          end - start, seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, code,
          stops ? "true" : "false");
  fclose(out);
  return code;
}
