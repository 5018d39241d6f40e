"""What `helm test` runs: the URL of the readiness probe, then the webhook's host, where there is one."""

import socket
import ssl
import sys
import urllib.request

probe, *hosts = sys.argv[1:]
with urllib.request.urlopen(probe, timeout=10) as answer:
    print(probe, answer.status)
for host in hosts:
    context = ssl.create_default_context()
    # Whether the certificate is the right one is the API server's to say, which has the bundle for it.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        print(host, secured.version())
