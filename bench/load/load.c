/* A load generator for Socket.IO v5 over WebSocket, and a peer in C that shows what the generator itself can read.
 *
 *   load MODE --port P [--option value]…
 *
 *   fanout   broadcasts one after the other: the next --burst of them when every client has the last   (--seconds)
 *   steady   broadcasts at --rate a second (--seconds); with --stalled K another --while-stalled seconds, in which the
 *            last K clients read nothing; with --acker 1 one more client asks something about 97 times a second
 *   acks     each client has one question outstanding
 *   connect  --clients connections, --inflight at a time; says so, holds them, and drops them all at once when a line
 *            comes on stdin
 *   sink     the C peer: says {"port": …}, speaks to one generator until stdin ends
 *
 * Results are lines of JSON on stdout; the last one counts. What goes wrong is {"error": "…"} and exit 1.
 * Templates (--trigger, --ask, each may be given twice: the two take turns for each client) may hold @n, a number never
 * used before, @t, a line of --tickets, and @k, an ack id. One thread, no dependencies, Linux (epoll, /proc).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t ns;

enum { SECOND = 1000000000, BUFFER = 1 << 18, MOST_EVENTS = 512, SMALL_WINDOW = 4096 };
enum state { NEW, CONNECTING, UPGRADING, SPEAKING, READY };

typedef struct {
    int fd, index;
    enum state state;
    ns began, asked;
    uint64_t events; /* broadcasts it got */
    unsigned turn;   /* commands it sent */
    char *rest;      /* the beginning of a frame whose end has not come */
    size_t rest_length;
} client;

typedef struct {
    float *ms;
    size_t count, room;
} samples;

static struct {
    const char *mode, *host, *namespace, *ready, *event, *auth, *tickets;
    const char *trigger[2], *ask[2];
    int port, clients, inflight, burst, senders, stalled, acker, pid;
    double seconds, warm, rate, while_stalled;
} option = {.host = "127.0.0.1", .namespace = "/kds", .inflight = 100, .burst = 1, .senders = 1, .seconds = 5,
            .warm = 1, .rate = 20, .while_stalled = 20};

static client *clients;
static int total, opened, ready, poller;
static char **auths, **tickets;
static int auth_count, ticket_count;
static char input[BUFFER * 2];
static uint64_t numbers;
static size_t event_bytes;

/* ── Small things ────────────────────────────────────────────────────────────────────────────────────────────────── */

static _Noreturn void fail(const char *format, ...) {
    char words[400];
    va_list more;
    va_start(more, format);
    vsnprintf(words, sizeof words, format, more);
    va_end(more);
    for (char *at = words; *at; at++)
        if (*at == '"' || *at == '\\' || (unsigned char)*at < ' ') *at = '\'';
    printf("{\"error\": \"%s\"}\n", words);
    exit(1);
}

static ns now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (ns)at.tv_sec * SECOND + at.tv_nsec;
}

static void *grown(void *old, size_t bytes) {
    void *made = realloc(old, bytes);
    if (!made) fail("no memory");
    return made;
}

static void sampled(samples *to, ns took) {
    if (to->count == to->room) {
        to->room = to->room ? to->room * 2 : 65536;
        to->ms = grown(to->ms, to->room * sizeof *to->ms);
    }
    to->ms[to->count++] = (float)(took / 1e6);
}

static int by_size(const void *one, const void *other) {
    float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

/* Prints "name": {"p50": …}. The nearest-rank percentiles, in ms. */
static void tell(const char *name, samples *of) {
    static const int percents[] = {50, 95, 99, 100};
    if (of->count) qsort(of->ms, of->count, sizeof *of->ms, by_size);
    printf("\"%s\": {\"count\": %zu", name, of->count);
    for (size_t i = 0; i < 4 && of->count; i++)
        printf(", \"p%d\": %.3f", percents[i], of->ms[(of->count * percents[i] + 99) / 100 - 1]);
    printf("}");
}

static char **lines_of(const char *path, int *count) {
    FILE *file = fopen(path, "r");
    char **lines = NULL, *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (!file) fail("%s: %s", path, strerror(errno));
    while ((length = getline(&line, &room, file)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        lines = grown(lines, (*count + 1) * sizeof *lines);
        lines[(*count)++] = strdup(line);
    }
    free(line);
    fclose(file);
    if (!*count) fail("%s is empty", path);
    return lines;
}

/* ── The server as the kernel sees it ────────────────────────────────────────────────────────────────────────────── */

/* CPU of all its threads, in s. Threads that ended are not in it: a server that makes and ends them is flattered. */
static double server_cpu(void) {
    char path[300];
    double spent = 0;
    unsigned long long one;
    if (!option.pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/task", option.pid);
    DIR *threads = opendir(path);
    if (!threads) fail("the server is gone");
    for (struct dirent *thread; (thread = readdir(threads));) {
        if (thread->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", option.pid, thread->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%llu", &one) == 1) spent += one / 1e9;
        fclose(file);
    }
    closedir(threads);
    return spent;
}

static double server_rss_mb(void) {
    char path[64];
    long pages = 0;
    if (!option.pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/statm", option.pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) fail("the server is gone");
    fclose(file);
    return pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void send_all(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) fail("sending: %s", strerror(errno));
        if (sent > 0) bytes += sent, length -= sent;
    }
}

/* One text frame; a client's is masked, by a mask of zeros that changes nothing. */
static size_t framed(char *to, const char *text, size_t length, int masked) {
    size_t at = 0;
    to[at++] = (char)0x81;
    if (length < 126) {
        to[at++] = (char)((masked ? 0x80 : 0) | length);
    } else if (length < 65536) {
        to[at++] = (char)((masked ? 0x80 : 0) | 126);
        to[at++] = (char)(length >> 8);
        to[at++] = (char)length;
    } else {
        fail("a message of %zu bytes", length);
    }
    if (masked) memset(to + at, 0, 4), at += 4;
    memcpy(to + at, text, length);
    return at + length;
}

static void say(client *to, const char *text) {
    static char frame[70000];
    send_all(to->fd, frame, framed(frame, text, strlen(text), 1));
}

/* Sends the template whose turn it is, filled in; `which` chooses the ticket. */
static void command(client *from, const char *const templates[2], int which, unsigned turn) {
    static char text[65000];
    size_t at = 0;
    const char *of = templates[1] && turn % 2 ? templates[1] : templates[0];
    for (; *of && at < sizeof text - 200; of++) {
        if (*of != '@') text[at++] = *of;
        else if (*++of == 'n') at += sprintf(text + at, "%llu", (unsigned long long)numbers++);
        else if (*of == 'k') at += sprintf(text + at, "%u", from->turn + 1);
        else if (*of == 't') at += sprintf(text + at, "%.150s", tickets[which % ticket_count]);
    }
    text[at] = 0;
    from->turn++;
    say(from, text);
}

/* ── Connecting ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static samples connect_answers, connect_readies;

static void watch(int fd, int op, uint32_t events, void *what) {
    struct epoll_event wanted = {.events = events, .data.ptr = what};
    if (epoll_ctl(poller, op, fd, &wanted)) fail("epoll: %s", strerror(errno));
}

static void open_one(void) {
    client *one = &clients[opened++];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(option.port)};
    int yes = 1, small = SMALL_WINDOW;
    inet_pton(AF_INET, option.host, &to.sin_addr);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (one->fd < 0) fail("socket %d: %s", one->index, strerror(errno));
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* What a kernel takes in for a client that reads nothing is the client's affair: keep it small. */
    if (one->index >= option.clients - option.stalled && one->index < option.clients)
        setsockopt(one->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    one->began = now();
    one->state = CONNECTING;
    if (connect(one->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
        fail("connecting: %s", strerror(errno));
    watch(one->fd, EPOLL_CTL_ADD, EPOLLOUT, one);
}

static void upgrade(client *one) {
    char request[500];
    int wrong = 0;
    socklen_t size = sizeof wrong;
    getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &wrong, &size);
    if (wrong) fail("connection %d: %s", one->index, strerror(wrong));
    int length = snprintf(request, sizeof request,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        option.host, option.port);
    one->state = UPGRADING;
    send_all(one->fd, request, length);
    watch(one->fd, EPOLL_CTL_MOD, EPOLLIN, one);
}

static void join(client *one) {
    static char text[9000];
    const char *auth = auth_count ? auths[one->index % auth_count] : "";
    snprintf(text, sizeof text, "40%s,%s", option.namespace, auth);
    say(one, text);
}

static void is_ready(client *one, ns at) {
    one->state = READY;
    sampled(&connect_readies, at - one->began);
    ready++;
    if (opened < total) open_one();
}

/* ── What is counted ─────────────────────────────────────────────────────────────────────────────────────────────── */

static long waiting;             /* deliveries that are still to come */
static ns *triggered;            /* when each broadcast was due, in steady mode */
static uint64_t triggers; /* how many there were */
static samples deliveries, answers;
static int counting;
static uint64_t answered_count;
static ns acker_asked[4096];
static uint64_t acker_sent, acker_got;

static void got_event(client *one, ns at, size_t length) {
    uint64_t number = one->events++;
    if (one->index >= option.clients) return; /* the one who asks is nobody's audience */
    waiting--;
    event_bytes = length;
    if (triggered) sampled(&deliveries, at - triggered[number]);
}

static void got_answer(client *one, ns at, const char *said, size_t length) {
    const char *list = memchr(said, '[', length);
    if (!list || (size_t)(said + length - list) < 11 || memcmp(list, "[{\"ok\":true", 11))
        fail("client %d was answered %.*s", one->index, (int)(length < 200 ? length : 200), said);
    if (option.acker) {
        ns asked = acker_asked[acker_got++ % 4096];
        if (counting) sampled(&answers, at - asked);
        return;
    }
    if (counting) sampled(&answers, at - one->asked), answered_count++;
    one->asked = now();
    command(one, option.ask, one->index, one->turn);
}

static int begins(const char *said, size_t length, const char *with) {
    size_t wanted = strlen(with);
    return length >= wanted && !memcmp(said, with, wanted);
}

static void message(client *one, const char *said, size_t length, ns at) {
    static char joined[80], ack[80], refused[80], off[80];
    if (!*joined) {
        sprintf(joined, "40%s,", option.namespace);
        sprintf(ack, "43%s,", option.namespace);
        sprintf(refused, "44%s,", option.namespace);
        sprintf(off, "42%s,[\"command:refused\"", option.namespace);
    }
    if (option.event && one->state == READY && begins(said, length, option.event)) {
        got_event(one, at, length);
    } else if (length && *said == '2') {
        say(one, "3");
    } else if (begins(said, length, ack)) {
        got_answer(one, at, said + strlen(ack), length - strlen(ack));
    } else if (length && *said == '0') {
        join(one);
    } else if (one->state == SPEAKING && begins(said, length, joined)) {
        sampled(&connect_answers, at - one->began);
        if (!option.ready) is_ready(one, at);
    } else if (one->state == SPEAKING && option.ready && begins(said, length, option.ready)) {
        is_ready(one, at);
    } else if (begins(said, length, refused) || begins(said, length, off) || begins(said, length, "41")) {
        fail("client %d was told %.*s", one->index, (int)(length < 200 ? length : 200), said);
    }
}

/* Takes one frame from the front; its length, or 0 when it has not come whole. */
static size_t frame(client *one, const char *bytes, size_t length, ns at) {
    size_t head = 2, body;
    if (length < 2) return 0;
    body = bytes[1] & 0x7f;
    if (body == 126) {
        if (length < 4) return 0;
        body = (unsigned char)bytes[2] << 8 | (unsigned char)bytes[3], head = 4;
    } else if (body == 127) {
        if (length < 10) return 0;
        body = 0, head = 10;
        for (int i = 2; i < 10; i++) body = body << 8 | (unsigned char)bytes[i];
    }
    if (head + body > BUFFER) fail("client %d was sent %zu bytes at once", one->index, body);
    if (length < head + body) return 0;
    switch ((unsigned char)bytes[0]) {
    case 0x81: message(one, bytes + head, body, at); break;
    case 0x88:
        if (body < 2) fail("client %d was closed without a code", one->index);
        fail("client %d was closed: %d %.*s", one->index,
             (unsigned char)bytes[head] << 8 | (unsigned char)bytes[head + 1], (int)body - 2, bytes + head + 2);
    case 0x89: { /* WebSocket's own ping */
        char pong[200] = {(char)0x8a, (char)(0x80 | body)};
        memcpy(pong + 6, bytes + head, body > 125 ? 125 : body);
        send_all(one->fd, pong, 6 + body);
        break;
    }
    default: fail("client %d was sent a frame of kind %02x", one->index, (unsigned char)bytes[0]);
    }
    return head + body;
}

static void take(client *one) {
    size_t length = one->rest_length, at = 0, step;
    if (length) memcpy(input, one->rest, length);
    ssize_t came = recv(one->fd, input + length, BUFFER, 0);
    ns when = now();
    if (came < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (came <= 0) fail("client %d was cut: %s", one->index, came ? strerror(errno) : "end of stream");
    length += came;
    if (one->state == UPGRADING) {
        char *end = memmem(input, length, "\r\n\r\n", 4);
        if (end && memcmp(input, "HTTP/1.1 101", 12)) fail("no WebSocket: %.*s", 200, input);
        if (end) at = end + 4 - input, one->state = SPEAKING;
    }
    if (one->state >= SPEAKING)
        while ((step = frame(one, input + at, length - at, when))) at += step;
    one->rest_length = length - at;
    if (one->rest_length) {
        one->rest = grown(one->rest, one->rest_length);
        memcpy(one->rest, input + at, one->rest_length);
    }
}

/* ── The loop ────────────────────────────────────────────────────────────────────────────────────────────────────── */

typedef void (*work)(void);
static struct timer {
    int fd;
    work due;
} timers[4];
static int timer_count;
static int told; /* a line came on stdin, or its end */
static ns patience_until;

static struct timer *every(work due) {
    struct timer *made = &timers[timer_count++];
    made->due = due;
    made->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(made->fd, EPOLL_CTL_ADD, EPOLLIN, made);
    return made;
}

static void wake(struct timer *which, ns at, ns again) {
    struct itimerspec when = {{again / SECOND, again % SECOND}, {at / SECOND, at % SECOND}};
    timerfd_settime(which->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static int is_timer(void *what) { return (char *)what >= (char *)timers && (char *)what < (char *)(timers + 4); }

static void turn(int within_ms) {
    struct epoll_event happened[MOST_EVENTS];
    int count = epoll_wait(poller, happened, MOST_EVENTS, within_ms);
    for (int i = 0; i < count; i++) {
        void *what = happened[i].data.ptr;
        if (what == &told) {
            char line[100];
            told = 1;
            if (read(0, line, sizeof line) <= 0) epoll_ctl(poller, EPOLL_CTL_DEL, 0, NULL);
        } else if (is_timer(what)) {
            uint64_t times;
            struct timer *rung = what;
            if (read(rung->fd, &times, sizeof times) > 0)
                while (times--) rung->due();
        } else if (((client *)what)->state == CONNECTING) {
            upgrade(what);
        } else {
            take(what);
        }
    }
}

static void patient(double seconds) { patience_until = now() + (ns)(seconds * SECOND); }

static void still_patient(const char *whom) {
    if (now() > patience_until) fail("%s: nothing for too long; %ld deliveries missing", whom, waiting);
}

static void connect_all(void) {
    patient(120);
    while (opened < total && opened < option.inflight) open_one();
    while (ready < total) turn(1000), still_patient("connecting");
}

/* ── fanout ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static samples rounds;

static void one_round(void) {
    ns began = now();
    unsigned each = option.burst > option.senders ? option.burst / option.senders : 1; /* so many of one sender */
    waiting = (long)option.clients * option.burst;
    for (int i = 0; i < option.burst; i++) {
        client *from = &clients[i % option.senders];
        command(from, option.trigger, i, from->turn / each);
    }
    patient(30);
    while (waiting > 0) turn(1000), still_patient("a broadcast");
    sampled(&rounds, now() - began);
}

static void fanout(void) {
    connect_all();
    for (ns until = now() + (ns)(option.warm * SECOND); now() < until;) one_round();
    rounds.count = 0;
    double cpu = server_cpu(), own = own_cpu();
    ns began = now(), until = began + (ns)(option.seconds * SECOND);
    while (now() < until) one_round();
    double took = (now() - began) / 1e9;
    double delivered = (double)rounds.count * option.burst * option.clients;
    printf("{\"delivered\": %.0f, \"seconds\": %.4f, \"rate\": %.1f, \"event_bytes\": %zu, \"server_cpu_s\": %.4f, "
           "\"cpu_us_per_message\": %.4f, \"generator_busy\": %.3f, ", delivered, took, delivered / took, event_bytes,
           server_cpu() - cpu, (server_cpu() - cpu) / delivered * 1e6, (own_cpu() - own) / took);
    tell("round_ms", &rounds);
    printf("}\n");
}

/* ── steady ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint64_t planned;
static ns next_due, period;
static double rss_peak;
static struct timer *asking;

static void broadcast(void) {
    if (triggers >= planned) return;
    triggered[triggers++] = next_due; /* when it was due, not when it went: a late generator is nobody's gain */
    next_due += period;
    waiting += option.clients - (rss_peak > 0 ? option.stalled : 0);
    command(&clients[0], option.trigger, 0, clients[0].turn);
}

static void look_at_memory(void) {
    double rss = server_rss_mb();
    if (rss > rss_peak) rss_peak = rss;
}

/* The one who asks: at odd moments, so that its beat is not that of the broadcasts. */
static void ask(void) {
    ns at = now();
    client *one = &clients[option.clients];
    if (acker_sent - acker_got >= 4096) fail("4096 questions without an answer");
    acker_asked[acker_sent++ % 4096] = at;
    command(one, option.ask, one->index, one->turn);
    wake(asking, at + (ns)((0.5 + drand48()) * SECOND / 97), 0);
}

static double stretch(double seconds) {
    ns began = now() + period;
    planned = triggers + (uint64_t)(seconds * option.rate);
    next_due = began;
    wake(&timers[0], began, period);
    patient(seconds + 60);
    while (triggers < planned || waiting > 0) turn(1000), still_patient("steady broadcasts");
    return (now() - began) / 1e9;
}

static void steady(void) {
    samples before = {0}, stalled_too = {0};
    double calm = 0, peak = 0;
    period = (ns)(SECOND / option.rate);
    size_t most = (size_t)((option.seconds + option.while_stalled + option.warm) * option.rate) + 100;
    triggered = grown(NULL, most * sizeof *triggered);
    connect_all();
    every(broadcast);
    if (option.acker) asking = every(ask), wake(asking, now() + 1, 0);
    stretch(option.warm);
    deliveries.count = 0;
    counting = 1;
    double cpu = server_cpu(), own = own_cpu();
    double took = stretch(option.seconds);
    counting = 0;
    cpu = server_cpu() - cpu, own = own_cpu() - own;
    before = deliveries;
    if (option.stalled) {
        memset(&deliveries, 0, sizeof deliveries);
        calm = rss_peak = server_rss_mb();
        for (int i = option.clients - option.stalled; i < option.clients; i++)
            epoll_ctl(poller, EPOLL_CTL_DEL, clients[i].fd, NULL);
        struct timer *looking = every(look_at_memory);
        wake(looking, now() + 1, SECOND / 20);
        stretch(option.while_stalled);
        look_at_memory();
        peak = rss_peak, stalled_too = deliveries;
    }
    printf("{\"seconds\": %.3f, \"event_bytes\": %zu, \"server_cpu_share\": %.4f, \"generator_busy\": %.3f, ", took,
           event_bytes, cpu / took, own / took);
    tell("delivery_ms", &before);
    if (option.acker) printf(", "), tell("ack_ms", &answers);
    if (option.stalled) {
        printf(", "), tell("stalled_delivery_ms", &stalled_too);
        printf(", \"rss_mb\": %.2f, \"rss_peak_mb\": %.2f, \"growth_mb\": %.2f", calm, peak, peak - calm);
    }
    printf("}\n");
}

/* ── acks ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void acks(void) {
    connect_all();
    for (int i = 0; i < total; i++) {
        clients[i].asked = now();
        command(&clients[i], option.ask, i, clients[i].turn);
    }
    for (ns until = now() + (ns)(option.warm * SECOND); now() < until;) turn(10);
    counting = 1;
    double cpu = server_cpu(), own = own_cpu();
    ns began = now(), until = began + (ns)(option.seconds * SECOND);
    while (now() < until) turn(10);
    double took = (now() - began) / 1e9;
    printf("{\"rate\": %.1f, \"seconds\": %.3f, \"cpu_us_per_ack\": %.3f, \"generator_busy\": %.3f, ",
           answered_count / took, took, (server_cpu() - cpu) / answered_count * 1e6, (own_cpu() - own) / took);
    tell("ack_ms", &answers);
    printf("}\n");
}

/* ── connect ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void connects(void) {
    ns began = now();
    double own = own_cpu(), cpu = server_cpu();
    connect_all();
    double took = (now() - began) / 1e9;
    printf("{\"connected\": %d, \"seconds\": %.4f, \"rate\": %.1f, \"server_cpu_s\": %.4f, \"generator_busy\": %.3f, ",
           total, took, total / took, server_cpu() - cpu, (own_cpu() - own) / took);
    tell("connect_ms", &connect_answers);
    printf(", ");
    tell("ready_ms", &connect_readies);
    printf("}\n");
    fflush(stdout);
    watch(0, EPOLL_CTL_ADD, EPOLLIN, &told);
    while (!told) turn(1000);
    struct linger none = {1, 0}; /* a reset, as from a machine that lost its power */
    for (int i = 0; i < total; i++) {
        setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(clients[i].fd);
    }
}

/* ── sink: the least a server can do ─────────────────────────────────────────────────────────────────────────────── */

static int sink_joined[20000], sink_count, sink_triggers;

static void sink_heard(int fd, const char *said, size_t length) {
    static const char ok[] = "[{\"ok\":true}]";
    char text[200], out[220];
    if (begins(said, length, "40")) {
        sprintf(text, "40%s,{\"sid\":\"x\"}", option.namespace);
        sink_joined[sink_count++] = fd;
    } else if (memmem(said, length, "trigger", 7)) {
        sink_triggers++;
        return;
    } else if (begins(said, length, "42")) {
        const char *id = (const char *)memchr(said, ',', length) + 1;
        sprintf(text, "43%s,%ld%s", option.namespace, atol(id), ok);
    } else {
        return;
    }
    send_all(fd, out, framed(out, text, strlen(text), 0));
}

static void sink_read(int fd) {
    static const char hello[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    static const char open[] =
        "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":60000,\"pingTimeout\":60000,\"maxPayload\":1}";
    ssize_t length = recv(fd, input, BUFFER, 0), at = 0;
    if (length <= 0) {
        close(fd);
        return;
    }
    if (input[0] == 'G') {
        char out[300];
        send_all(fd, hello, sizeof hello - 1);
        send_all(fd, out, framed(out, open, sizeof open - 1, 0));
        return;
    }
    while (at + 2 <= length) { /* frames of a generator come whole: they are small */
        size_t body = input[at + 1] & 0x7f, head = 2;
        if (body == 126) body = (unsigned char)input[at + 2] << 8 | (unsigned char)input[at + 3], head = 4;
        sink_heard(fd, input + at + head + 4, body);
        at += head + 4 + body;
    }
}

static void sink(void) {
    static char event[40000], text[700];
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    int door = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, option.host, &at.sin_addr);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096)) fail("listening: %s", strerror(errno));
    getsockname(door, (struct sockaddr *)&at, &size);
    printf("{\"port\": %d}\n", ntohs(at.sin_port));
    fflush(stdout);
    int length = sprintf(text, "42%s,[\"event\",{\"pad\":\"%0560d\"}]", option.namespace, 0);
    watch(door, EPOLL_CTL_ADD, EPOLLIN, NULL);
    watch(0, EPOLL_CTL_ADD, EPOLLIN, &told);
    while (!told) {
        struct epoll_event happened[MOST_EVENTS];
        int count = epoll_wait(poller, happened, MOST_EVENTS, 1000);
        for (int i = 0; i < count; i++) {
            if (happened[i].data.ptr == &told) told = 1;
            else if (happened[i].data.ptr) sink_read((int)(intptr_t)happened[i].data.ptr);
            else {
                int fd = accept(door, NULL, NULL), yes = 1;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                watch(fd, EPOLL_CTL_ADD, EPOLLIN, (void *)(intptr_t)fd);
            }
        }
        while (sink_triggers) {
            size_t bytes = 0;
            for (; sink_triggers && bytes < sizeof event - 700; sink_triggers--)
                bytes += framed(event + bytes, text, length, 0);
            for (int i = 0; i < sink_count; i++) send_all(sink_joined[i], event, bytes);
        }
    }
}

/* ── The command line ────────────────────────────────────────────────────────────────────────────────────────────── */

static void read_options(int count, char **given) {
    struct { const char *name; const char **text; int *whole; double *real; } known[] = {
        {"host", &option.host, 0, 0}, {"ns", &option.namespace, 0, 0}, {"ready", &option.ready, 0, 0},
        {"event", &option.event, 0, 0}, {"auth", &option.auth, 0, 0}, {"tickets", &option.tickets, 0, 0},
        {"port", 0, &option.port, 0}, {"clients", 0, &option.clients, 0}, {"inflight", 0, &option.inflight, 0},
        {"burst", 0, &option.burst, 0}, {"senders", 0, &option.senders, 0}, {"stalled", 0, &option.stalled, 0},
        {"acker", 0, &option.acker, 0}, {"pid", 0, &option.pid, 0}, {"seconds", 0, 0, &option.seconds},
        {"warm", 0, 0, &option.warm}, {"rate", 0, 0, &option.rate}, {"while-stalled", 0, 0, &option.while_stalled},
    };
    if (count < 2 || count % 2) fail("load MODE [--option value]…");
    option.mode = given[1];
    for (int i = 2; i < count; i += 2) {
        const char *name = given[i] + 2, *value = given[i + 1];
        size_t k = 0, kinds = sizeof known / sizeof *known;
        if (!strcmp(name, "trigger")) { option.trigger[option.trigger[0] ? 1 : 0] = value; continue; }
        if (!strcmp(name, "ask")) { option.ask[option.ask[0] ? 1 : 0] = value; continue; }
        while (k < kinds && strcmp(known[k].name, name)) k++;
        if (k == kinds) fail("there is no option %s", given[i]);
        if (known[k].text) *known[k].text = value;
        else if (known[k].whole) *known[k].whole = atoi(value);
        else *known[k].real = atof(value);
    }
}

int main(int count, char **given) {
    struct { const char *name; work run; } modes[] = {
        {"fanout", fanout}, {"steady", steady}, {"acks", acks}, {"connect", connects}, {"sink", sink},
    };
    struct timespec at;
    read_options(count, given);
    clock_gettime(CLOCK_REALTIME, &at);
    numbers = (uint64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
    poller = epoll_create1(0);
    if (option.auth) auths = lines_of(option.auth, &auth_count);
    if (option.tickets) tickets = lines_of(option.tickets, &ticket_count);
    total = option.clients + option.acker;
    clients = grown(NULL, (total + 1) * sizeof *clients);
    memset(clients, 0, (total + 1) * sizeof *clients);
    for (int i = 0; i < total; i++) clients[i].index = i, clients[i].fd = -1;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(modes[i].name, option.mode)) { modes[i].run(); return 0; }
    fail("there is no mode %s", option.mode);
}
