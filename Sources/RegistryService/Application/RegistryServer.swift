internal import CoreMetrics
package import Diagnostics
private import Dispatch
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
private import HummingbirdTLS
internal import Logging
internal import NIOCore
private import NIOSSL
internal import RegistryKit
private import Synchronization

/// The training service: a registry over HTTP.
package struct RegistryServer: Sendable {
  private let served: ServedRegistry
  private let configuration: ServiceConfiguration

  /// The most connections at once; further ones wait in the system's queue.
  private static let maximumConnections = 1_024
  /// The most bytes of a request's head.
  private static let maximumHeadBytes = 32 << 10

  /// The service of the registry in a folder.
  ///
  /// - Throws: What opening the registry reports; `no_token` when others than this machine could reach
  ///   the service and there is no token to tell them apart.
  package init(opening folder: String, _ configuration: ServiceConfiguration) throws {
    served = try ServedRegistry(opening: folder)
    self.configuration = configuration
  }

  /// Serves until the process is asked to stop (SIGINT or SIGTERM), then lets requests end.
  ///
  /// `onListening` hears the port once connections are taken. The thread that calls waits.
  ///
  /// - Throws: `no_token`, `unreadable_certificate`, `cannot_listen`.
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
    if configuration.accessPolicy.needsToken, try await !served.read({ try $0.hasLiveTokens() }) {
      throw RegistryError(
        .noToken, "There is no token by which anybody could be known.",
        place: .subject(configuration.host),
        remedy: "Make one with `registry token create NAME --role admin`.")
    }
    // One service has a process for itself, as the system of metrics has.
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    let application = Application(
      router: ServiceRoutes.router(of: served, configuration, metrics), server: try server(),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "registry",
        availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: Logger(label: "registry") { _ in StructuredLog() })
    let outcome: Result<Void, any Error>
    let (workers, stop) = startWorkers()
    do {
      outcome = .success(try await application.runService())
    } catch {
      outcome = .failure(listeningError(error))
    }
    stop.cancel()
    try await served.shutDown()
    await workers.value
    try outcome.get()
  }

  /// Lets jobs be done until the service ends, on a thread of their own.
  private func startWorkers() -> (Task<Void, Never>, Cancellation) {
    let stop = Cancellation()
    guard configuration.workerCount > 0 else { return (Task {}, stop) }
    let pool = WorkerPool(
      folder: served.folder, count: configuration.workerCount,
      threads: configuration.workerThreads, memoryLimit: configuration.workerMemoryLimit)
    let task = Task {
      await withCheckedContinuation { continuation in
        DispatchQueue(label: "registry.workers").async {
          do {
            try pool.run(until: stop)
          } catch {
            Logger(label: "registry.workers") { _ in StructuredLog() }
              .error("workers", metadata: ["error": "\(error)"])
          }
          continuation.resume()
        }
      }
    }
    return (task, stop)
  }

  private func server() throws -> HTTPServerBuilder {
    let (timeout, idleTimeout) = (
      TimeAmount(configuration.timeout), TimeAmount(configuration.idleTimeout)
    )
    let plain = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [
          ContinueAnswers(), SlowClientGuard(timeout: timeout, idleTimeout: idleTimeout),
        ],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.maximumHeadBytes, maxHeaderListSize: Self.maximumHeadBytes,
          maxHeaderFieldCount: 100)))
    guard let (chain, key) = configuration.certificate else { return plain }
    do {
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
      tls.minimumTLSVersion = .tlsv12
      return try .tls(plain, tlsConfiguration: tls)
    } catch {
      throw RegistryError(
        .unreadableCertificate, "The certificate and its key cannot be used: \(error).",
        place: .file(chain), remedy: "Give both as PEM files that belong together.", cause: error)
    }
  }

  private func listeningError(_ error: any Error) -> any Error {
    guard let system = error as? IOError else { return error }
    return RegistryError(
      .cannotListen,
      "The service cannot listen on \(configuration.host), port \(configuration.port): \(system).",
      place: .subject(configuration.host),
      remedy: "Choose another port, or --port 0 for one that is free.", cause: error)
  }
}

extension RegistryError.Code {
  /// A service that others could reach has no token to tell them apart.
  package static let noToken = Self("no_token", .usage)
  /// A certificate or its key is no PEM file, or they do not belong together.
  package static let unreadableCertificate = Self("unreadable_certificate", .badInput)
  /// The address or the port cannot be listened on.
  package static let cannotListen = Self("cannot_listen", .unavailable)
}
