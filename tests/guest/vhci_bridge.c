/* SPDX-License-Identifier: MIT */
/* Makes one adapter of the kernel out of one controller of `btvirt -s`, for as long as it runs:
 * when it is killed, that adapter alone is gone.
 *
 *   vhci_bridge SOCKET
 *
 * Prints the adapter's name. Between the two go H4 packets (Core specification 4.A); /dev/vhci
 * wants each in one write.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    H4_ACL = 2,
    H4_SCO = 3,
    H4_EVENT = 4,
    H4_ISO = 5,
    VHCI_VENDOR = 0xff, /* asks for an adapter, and answers with its number */
    PACKET_MAX = 1 + 4 + 65535
};

struct stream {
    uint8_t bytes[2 * PACKET_MAX];
    size_t length;
};

static int complain(const char *what)
{
    fprintf(stderr, "vhci_bridge: %s: %s\n", what, strerror(errno));
    return -1;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return complain(path);
    }
    strcpy(address.sun_path, path);
    server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof(address)) != 0)
        return complain(path);
    return server;
}

static int open_vhci(void)
{
    static const uint8_t primary_adapter[] = {VHCI_VENDOR, 0};
    int vhci = open("/dev/vhci", O_RDWR | O_CLOEXEC);

    if (vhci < 0 || write(vhci, primary_adapter, sizeof(primary_adapter)) < 0)
        return complain("/dev/vhci");
    return vhci;
}

/* The length of the H4 packet that begins here; 0 where more bytes are needed to tell, -1 for none.
 */
static ssize_t packet_length(const uint8_t *bytes, size_t length)
{
    size_t header;

    if (length == 0)
        return 0;
    switch (bytes[0]) {
    case H4_EVENT:
        header = 3;
        break;
    case H4_SCO:
        header = 4;
        break;
    case H4_ACL:
    case H4_ISO:
        header = 5;
        break;
    default:
        return -1;
    }
    if (length < header)
        return 0;
    switch (bytes[0]) {
    case H4_EVENT:
        return 3 + bytes[2];
    case H4_SCO:
        return 4 + bytes[3];
    case H4_ACL:
        return 5 + (bytes[3] | bytes[4] << 8);
    default:
        return 5 + (bytes[3] | (bytes[4] & 0x3f) << 8);
    }
}

static int write_all(int to, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(to, bytes, length);

        if (written < 0)
            return complain("controller");
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* One packet of the kernel's; it gives one a read. */
static int from_kernel(int vhci, int server)
{
    static uint8_t packet[PACKET_MAX];
    ssize_t length = read(vhci, packet, sizeof(packet));

    if (length < 0)
        return complain("/dev/vhci");
    if (length >= 4 && packet[0] == VHCI_VENDOR) {
        printf("hci%d\n", packet[2] | packet[3] << 8);
        return fflush(stdout);
    }
    return write_all(server, packet, (size_t)length);
}

/* As many packets of the controller's as are whole; the rest waits in the stream. */
static int from_controller(int server, int vhci, struct stream *stream)
{
    ssize_t length =
        read(server, stream->bytes + stream->length, sizeof(stream->bytes) - stream->length);
    size_t at = 0;

    if (length < 0)
        return complain("controller");
    if (length == 0)
        return -1; /* it is gone, and so is the adapter */
    stream->length += (size_t)length;
    while ((length = packet_length(stream->bytes + at, stream->length - at)) > 0) {
        if ((size_t)length > stream->length - at)
            break;
        if (write(vhci, stream->bytes + at, (size_t)length) < 0)
            complain("/dev/vhci"); /* one that the kernel refuses is not the end */
        at += (size_t)length;
    }
    if (length < 0) {
        errno = EPROTO;
        return complain("controller");
    }
    memmove(stream->bytes, stream->bytes + at, stream->length -= at);
    return 0;
}

int main(int argc, char **argv)
{
    static struct stream stream;
    int server, vhci;

    if (argc != 2) {
        fputs("usage: vhci_bridge SOCKET\n", stderr);
        return 2;
    }
    if ((server = connect_to(argv[1])) < 0 || (vhci = open_vhci()) < 0)
        return 1;
    for (;;) {
        struct pollfd ends[] = {{.fd = vhci, .events = POLLIN}, {.fd = server, .events = POLLIN}};

        if (poll(ends, 2, -1) < 0)
            return complain("poll") != 0;
        if (ends[0].revents != 0 && from_kernel(vhci, server) != 0)
            return 1;
        if (ends[1].revents != 0 && from_controller(server, vhci, &stream) != 0)
            return 1;
    }
}
