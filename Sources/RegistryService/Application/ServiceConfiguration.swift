/// How the service listens, and how much it takes from whom.
package struct ServiceConfiguration: Sendable {
  /// The address to listen on.
  package var host = "127.0.0.1"
  /// The port; zero lets the system choose one.
  package var port = 7878
  /// The files of the certificate and its key, in PEM; without them connections are not encrypted.
  package var certificate: (chain: String, key: String)?
  /// Whether a token is needed on this machine too; from others one always is.
  package var needsToken = false
  /// The most requests a second of each client in the long run; zero for no limit.
  package var requestsPerSecond = 0.0
  /// The most bytes of a body.
  package var maximumBodyBytes = 1 << 20
  /// The most bytes of a file that is uploaded.
  package var maximumUploadBytes = 4 << 30
  /// How many jobs are done at once; with none, `registry worker` elsewhere does them.
  package var workerCount = 0
  /// How many threads each job has; an equal share of the cores if not given.
  package var workerThreads: Int?
  /// How many bytes of memory each job may take; no limit if not given.
  package var workerMemoryLimit: Int?
  /// How long a client may take for a request's head, for the next part of a body, and to read.
  package var timeout = Duration.seconds(30)
  /// After how long a connection is closed that nobody uses.
  package var idleTimeout = Duration.seconds(60)

  /// A service for this machine alone.
  package init() {}

  /// Whether only this machine can reach the service.
  package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  /// Where the service is once it has a port.
  package func url(port: Int) -> String {
    let scheme = certificate == nil ? "http" : "https"
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// The names of this machine for browsers on it.
  static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "::1"]

  var accessPolicy: AccessPolicy {
    AccessPolicy(
      needsToken: needsToken || !isLoopback, isEncrypted: certificate != nil,
      hostNames: isLoopback ? Self.loopbackNames.union([host]) : nil)
  }
}
