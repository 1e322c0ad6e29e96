# Send each line of the input to HAProxy's runtime API, and write its answer and the end mark.
# A connection for each line: one that stayed would hold the process from before a reload.
use IO::Socket::UNIX;
$| = 1;
while (my $line = <STDIN>) {
    if (my $socket = IO::Socket::UNIX->new("/run/haproxy/admin.sock")) {
        print $socket $line;
        print while <$socket>;
    }
    print "\0\n";
}
