package import NIOCore

/// How the service listens, and how much it takes from whom.
package struct ServiceConfiguration: Sendable {
  /// The address to listen on.
  package var host = "127.0.0.1"
  /// The port; zero lets the system choose one.
  package var port = 7878
  /// After how long a connection is closed over which nothing comes or goes.
  package var idleTimeout = TimeAmount.seconds(60)

  /// A service for this machine alone.
  package init() {}
}
