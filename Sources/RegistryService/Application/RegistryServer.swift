private import Dispatch
internal import Hummingbird
internal import Logging
private import NIOCore
private import Synchronization

/// The training service: a registry over HTTP.
package struct RegistryServer: Sendable {
  private let served: ServedRegistry
  private let configuration: ServiceConfiguration

  /// The service of the registry in a folder.
  ///
  /// - Throws: What opening the registry reports.
  package init(opening folder: String, _ configuration: ServiceConfiguration) throws {
    served = try ServedRegistry(opening: folder)
    self.configuration = configuration
  }

  /// Serves until the process is asked to stop (SIGINT or SIGTERM), then lets requests end.
  ///
  /// `onListening` hears the port once connections are taken. The thread that calls waits.
  ///
  /// - Throws: What listening reports.
  package func run(onListening: @escaping @Sendable (_ port: Int) -> Void) throws {
    let outcome = Mutex<Result<Void, any Error>>(.success(()))
    let finished = DispatchSemaphore(value: 0)
    Task {
      do {
        try await serve(onListening: onListening)
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
      finished.signal()
    }
    finished.wait()
    try outcome.withLock { try $0.get() }
  }

  private func serve(onListening: @escaping @Sendable (_ port: Int) -> Void) async throws {
    let router = ServiceRoutes.router(of: served)
    let application = Application(
      router: router,
      server: .http1(configuration: .init(idleTimeout: configuration.idleTimeout)),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "registry"),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: Logger(label: "registry") { _ in StructuredLog() })
    do {
      try await application.runService()
    } catch {
      try await served.shutDown()
      throw error
    }
    try await served.shutDown()
  }
}
