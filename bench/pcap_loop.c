/* The least a program can do with a capture file through libpcap: count its packets and bytes. */
#include <pcap/pcap.h>
#include <stdio.h>

struct count {
  unsigned long long packets, bytes;
};

static void add(u_char *user, const struct pcap_pkthdr *header, const u_char *data) {
  struct count *count = (struct count *)user;
  (void)data;
  count->packets++;
  count->bytes += header->len;
}

int main(int argc, char **argv) {
  char error[PCAP_ERRBUF_SIZE];
  struct count count = {0, 0};
  if (argc != 2) {
    fprintf(stderr, "usage: pcap_loop FILE\n");
    return 2;
  }
  pcap_t *capture = pcap_open_offline(argv[1], error);
  if (capture == NULL) {
    fprintf(stderr, "pcap_loop: %s\n", error);
    return 3;
  }
  int result = pcap_loop(capture, -1, add, (u_char *)&count);
  pcap_close(capture);
  printf("%llu %llu\n", count.packets, count.bytes);
  return result == 0 ? 0 : 1;
}
