// An HTTP/1.1 server that knows when each request arrived and when its answer left. For benchmarks of load generators:
// one thread, epoll, keep-alive, pipelining, a constant time in service without queueing, and freezes.
//
//   truth-server --port N --stats FILE [--delay MICROSECONDS] [--bytes N] [--rows N] [--freeze A:B[,A:B…]]
//
//   --delay   time from reading a request to sending its answer; 0 by default
//   --bytes   size of the answer's body, a JSON string; 2048 by default
//   --rows    keep a log of so many requests (a ring); none by default
//   --freeze  the whole process sleeps from A to B seconds after the first request: nothing is accepted, read, answered
//
// FILE is shared memory: whoever wants to know reads it while the server runs. Little endian:
//   uint64 magic, rows, requests, connections, answers, body bytes, instant of the first request
//   from byte 4096 on, per request: int64 received, parsed, sent; uint32 connection, bytes
// Instants are nanoseconds of CLOCK_MONOTONIC. `received` is when the kernel took the request's last segment
// (SO_TIMESTAMPNS): on loopback that is inside the client's send call, so the server's own wake-up is not in it.
// `sent` is taken before the answer's send call.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x3153545542565253ull
#define SECOND 1000000000ll
#define MAX_CONNECTIONS 65536
#define HEAD_LIMIT 16384
#define PENDING (1u << 20)
#define MAX_FREEZES 16

typedef struct {
  uint64_t magic, rows, requests, connections, answers, body_bytes;
  int64_t first;
} Stats;

typedef struct {
  int64_t received, parsed, sent;
  uint32_t connection, bytes;
} Row;

typedef struct {
  int fd;
  uint32_t generation;  // tells a connection from the next one with the same descriptor
  uint32_t number;
  size_t have;          // bytes of an incomplete header block
  uint64_t body_left;
  uint64_t size;        // of the request so far
  int closing;          // the client asked for it
  char head[HEAD_LIMIT];
} Connection;

typedef struct {
  int64_t due;
  uint64_t request;
  int fd;
  uint32_t generation;
} Pending;

typedef struct {
  int64_t from, until;
} Freeze;

static Stats *stats;
static Row *rows;
static uint64_t row_count;
static Connection *connections[MAX_CONNECTIONS];
static Pending *pending;
static uint32_t pending_head, pending_tail;
static int64_t delay;
static char *answer;
static size_t answer_size;
static Freeze freezes[MAX_FREEZES];
static int freeze_count;
static int64_t wall_to_monotonic;
static volatile sig_atomic_t stopped;

static int64_t read_clock(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * SECOND + at.tv_nsec;
}

static int64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

// The kernel stamps with the wall clock: its distance from the monotonic one, from the tightest of some readings.
static void relate_clocks(void) {
  int64_t tightest = INT64_MAX;
  for (int i = 0; i < 16; i++) {
    int64_t before = now(), wall = read_clock(CLOCK_REALTIME), after = now();
    if (after - before < tightest) {
      tightest = after - before;
      wall_to_monotonic = before + (after - before) / 2 - wall;
    }
  }
}

static void on_signal(int number) {
  (void)number;
  stopped = 1;
}

static void drop(Connection *connection) {
  close(connection->fd);
  connection->generation++;
  connection->have = 0;
  connection->body_left = 0;
  connection->size = 0;
  connection->closing = 0;
}

static void send_all(Connection *connection, const char *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t part = send(connection->fd, bytes + done, size - done, MSG_NOSIGNAL);
    if (part > 0) {
      done += (size_t)part;
      continue;
    }
    struct pollfd writable = {.fd = connection->fd, .events = POLLOUT};
    if (part < 0 && errno == EAGAIN && poll(&writable, 1, 1000) == 1) continue;
    drop(connection);
    return;
  }
}

static void reply(Connection *connection, uint64_t request) {
  if (row_count) rows[request % row_count].sent = now();
  stats->answers++;
  uint32_t generation = connection->generation;
  send_all(connection, answer, answer_size);
  if (connection->generation == generation && connection->closing) drop(connection);
}

static void complete(Connection *connection, int64_t received) {
  int64_t parsed = row_count || delay || freeze_count ? now() : 0;
  uint64_t request = stats->requests;
  if (row_count) {
    rows[request % row_count] = (Row){received ? received : parsed, parsed, 0, connection->number, (uint32_t)connection->size};
  }
  if (!stats->first) stats->first = parsed ? parsed : now();
  stats->requests = request + 1;
  connection->size = 0;
  if (!delay) {
    reply(connection, request);
  } else if (pending_tail - pending_head < PENDING) {
    pending[pending_tail++ % PENDING] = (Pending){parsed + delay, request, connection->fd, connection->generation};
  } else {
    drop(connection);
  }
}

// The value of a field, or null. The block ends with an empty line.
static const char *field(const char *block, size_t size, const char *name) {
  size_t length = strlen(name);
  const char *end = block + size;
  for (const char *line = block; line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    if (!next) return 0;
    if ((size_t)(next - line) > length && line[length] == ':' && !strncasecmp(line, name, length)) {
      const char *value = line + length + 1;
      while (value < next && (*value == ' ' || *value == '\t')) value++;
      return value;
    }
    line = next + 1;
  }
  return 0;
}

// Returns 0 when the connection is gone.
static int begin(Connection *connection, const char *block, size_t size, int64_t received) {
  const char *length = field(block, size, "content-length");
  const char *wish = field(block, size, "connection");
  const char *expectation = field(block, size, "expect");
  if (field(block, size, "transfer-encoding")) {
    drop(connection);
    return 0;
  }
  uint32_t generation = connection->generation;
  connection->closing = wish && !strncasecmp(wish, "close", 5);
  connection->body_left = length ? strtoull(length, 0, 10) : 0;
  connection->size = size;
  stats->body_bytes += connection->body_left;
  if (expectation && connection->body_left) {
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    send_all(connection, go_on, sizeof go_on - 1);
  }
  if (connection->generation == generation && !connection->body_left) complete(connection, received);
  return connection->generation == generation;
}

static void feed(Connection *connection, const char *bytes, size_t size, int64_t received) {
  uint32_t generation = connection->generation;
  while (size) {
    if (connection->body_left) {
      size_t part = size < connection->body_left ? size : connection->body_left;
      connection->body_left -= part;
      connection->size += part;
      bytes += part;
      size -= part;
      if (!connection->body_left) complete(connection, received);
      if (connection->generation != generation) return;
      continue;
    }
    if (!connection->have) {
      const char *end = memmem(bytes, size, "\r\n\r\n", 4);
      if (end) {
        size_t block = (size_t)(end - bytes) + 4;
        if (!begin(connection, bytes, block, received)) return;
        bytes += block;
        size -= block;
        continue;
      }
    }
    size_t room = HEAD_LIMIT - connection->have, part = size < room ? size : room;
    memcpy(connection->head + connection->have, bytes, part);
    const char *end = memmem(connection->head, connection->have + part, "\r\n\r\n", 4);
    if (!end) {
      if (part == room) {
        drop(connection);
        return;
      }
      connection->have += part;
      return;
    }
    size_t block = (size_t)(end - connection->head) + 4, used = block - connection->have;
    connection->have = 0;
    if (!begin(connection, connection->head, block, received)) return;
    bytes += used;
    size -= used;
  }
}

// Reads once; the kernel's stamp is that of the last segment in the read.
static ssize_t receive(int fd, char *buffer, size_t size, int64_t *received) {
  *received = 0;
  if (!row_count) return recv(fd, buffer, size, 0);
  char control[128];
  struct iovec part = {buffer, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t count = recvmsg(fd, &message, 0);
  if (count <= 0) return count;
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec at;
    memcpy(&at, CMSG_DATA(item), sizeof at);
    *received = at.tv_sec * SECOND + at.tv_nsec + wall_to_monotonic;
  }
  return count;
}

static void accept_all(int listener, int epoll) {
  static const int one = 1;
  int fd;
  while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_CONNECTIONS) {
      close(fd);
      continue;
    }
    if (!connections[fd]) connections[fd] = calloc(1, sizeof(Connection));
    Connection *connection = connections[fd];
    connection->fd = fd;
    connection->number = (uint32_t)stats->connections++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (row_count) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

static void sleep_until(int64_t instant) {
  struct timespec at = {instant / SECOND, instant % SECOND};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0) == EINTR && !stopped);
}

// Sleeps when inside a freeze; returns how long until the next one begins, or -1.
static int64_t freeze_if_due(void) {
  if (!freeze_count || !stats->first) return -1;
  int64_t next = -1;
  for (int i = 0; i < freeze_count; i++) {
    int64_t from = stats->first + freezes[i].from, until = stats->first + freezes[i].until, at = now();
    if (at >= from && at < until) sleep_until(until);
    else if (at < from && (next < 0 || from - at < next)) next = from - at;
  }
  return next;
}

static void answer_due(void) {
  while (pending_head != pending_tail) {
    Pending *first = &pending[pending_head % PENDING];
    if (first->due > now()) return;
    pending_head++;
    Connection *connection = connections[first->fd];
    if (connection->generation == first->generation) reply(connection, first->request);
  }
}

static int listen_on(int port) {
  static const int one = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) {
    perror("truth-server: listen");
    exit(1);
  }
  return fd;
}

static void map_stats(const char *path, uint64_t count) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  size_t size = 4096 + count * sizeof(Row);
  if (fd < 0 || ftruncate(fd, (off_t)size)) {
    perror(path);
    exit(1);
  }
  stats = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (stats == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  rows = (Row *)((char *)stats + 4096);
  row_count = count;
  stats->rows = count;
}

static void make_answer(size_t bytes) {
  if (bytes < 2) bytes = 2;
  answer = malloc(bytes + 256);
  int head = sprintf(answer,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
                     "Content-Length: %zu\r\n\r\n",
                     bytes);
  memset(answer + head, 'x', bytes);
  answer[head] = answer[head + (int)bytes - 1] = '"';
  answer_size = (size_t)head + bytes;
}

static void add_freezes(char *text) {
  for (char *part = strtok(text, ","); part && freeze_count < MAX_FREEZES; part = strtok(0, ",")) {
    double from, until;
    if (sscanf(part, "%lf:%lf", &from, &until) != 2 || until <= from) {
      fprintf(stderr, "truth-server: '%s' is not a freeze such as 3:4\n", part);
      exit(2);
    }
    freezes[freeze_count++] = (Freeze){(int64_t)(from * SECOND), (int64_t)(until * SECOND)};
  }
}

int main(int count, char **arguments) {
  int port = 0;
  size_t bytes = 2048;
  uint64_t log_rows = 0;
  const char *stats_path = 0;
  for (int i = 1; i + 1 < count; i += 2) {
    char *name = arguments[i], *value = arguments[i + 1];
    if (!strcmp(name, "--port")) port = atoi(value);
    else if (!strcmp(name, "--stats")) stats_path = value;
    else if (!strcmp(name, "--delay")) delay = (int64_t)(atof(value) * 1000);
    else if (!strcmp(name, "--bytes")) bytes = strtoull(value, 0, 10);
    else if (!strcmp(name, "--rows")) log_rows = strtoull(value, 0, 10);
    else if (!strcmp(name, "--freeze")) add_freezes(value);
    else port = -1;
  }
  if (port <= 0 || !stats_path) {
    fprintf(stderr, "usage: see the head of truth-server.c\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, 0);
  sigaction(SIGINT, &action, 0);
  prctl(PR_SET_TIMERSLACK, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  map_stats(stats_path, log_rows);
  make_answer(bytes);
  pending = malloc(PENDING * sizeof(Pending));
  relate_clocks();

  int listener = listen_on(port), epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static char buffer[1 << 20];
  int64_t related = now();
  __atomic_store_n(&stats->magic, MAGIC, __ATOMIC_RELEASE);

  while (!stopped) {
    int64_t wait = freeze_if_due();
    if (pending_head != pending_tail) {
      int64_t left = pending[pending_head % PENDING].due - now();
      if (left < 0) left = 0;
      if (wait < 0 || left < wait) wait = left;
    }
    struct timespec timeout = {wait / SECOND, wait % SECOND};
    int ready = epoll_pwait2(epoll, events, 256, wait < 0 ? 0 : &timeout, 0);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        accept_all(listener, epoll);
        continue;
      }
      int64_t received;
      ssize_t size = receive(fd, buffer, sizeof buffer, &received);
      if (size > 0) feed(connections[fd], buffer, (size_t)size, received);
      else if (size == 0 || errno != EAGAIN) drop(connections[fd]);
    }
    answer_due();
    if (row_count && now() - related > SECOND) {
      relate_clocks();
      related = now();
    }
  }
  return 0;
}
