private import Diagnostics
private import NIOPosix
package import RegistryKit
private import Synchronization

/// The registry that is served, and the threads on which it is asked.
///
/// What a use case does may wait for the disk, so it never runs on the threads of the network. Each
/// thread has a registry of its own, since one catalogue answers one question at a time.
package final class ServedRegistry: Sendable {
  /// The registry's folder.
  package let folder: String
  private let readers: Pool
  private let writers: Pool
  private let workers: Pool

  /// How many questions of the catalogue are answered at once.
  private static let readerCount = 5
  /// How many changes are made at once; the catalogue lets one write at a time.
  private static let writerCount = 2
  /// How many longer pieces of work are done at once, such as verifying the store.
  private static let workerCount = 2

  /// Opens a registry for serving.
  ///
  /// - Throws: What opening it reports.
  package init(opening folder: String) throws {
    self.folder = folder
    readers = try Pool(folder, count: Self.readerCount)
    writers = try Pool(folder, count: Self.writerCount)
    workers = try Pool(folder, count: Self.workerCount)
  }

  /// Asks the registry what it answers in a moment.
  ///
  /// - Throws: What `body` throws.
  package func read<Answer: Sendable>(
    _ body: @escaping @Sendable (Registry) throws -> Answer
  ) async throws -> Answer {
    try await readers.run(body)
  }

  /// Changes the registry, which waits for others who do.
  ///
  /// - Throws: What `body` throws.
  package func change<Answer: Sendable>(
    _ body: @escaping @Sendable (Registry) throws -> Answer
  ) async throws -> Answer {
    try await writers.run(body)
  }

  /// Lets the registry do what takes longer; who waits may be cancelled, and so is the work then.
  ///
  /// - Throws: What `body` throws.
  package func work<Answer: Sendable>(
    _ body: @escaping @Sendable (Registry, Cancellation) throws -> Answer
  ) async throws -> Answer {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await workers.run { registry in try body(registry, cancellation) }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Waits for what is being done and ends the threads.
  package func shutDown() async throws {
    try await readers.shutDown()
    try await writers.shutDown()
    try await workers.shutDown()
  }

  /// Threads with a registry for each.
  private final class Pool: Sendable {
    private let threads: NIOThreadPool
    private let idle: Mutex<[Registry]>

    init(_ folder: String, count: Int) throws {
      idle = Mutex(try (0..<count).map { _ in try Registry(opening: folder) })
      threads = NIOThreadPool(numberOfThreads: count)
      threads.start()
    }

    func run<Answer: Sendable>(
      _ body: @escaping @Sendable (Registry) throws -> Answer
    ) async throws -> Answer {
      try await threads.runIfActive { [self] in
        guard let registry = idle.withLock({ $0.popLast() }) else {
          preconditionFailure("there are as many registries as threads")
        }
        defer { idle.withLock { $0.append(registry) } }
        return try body(registry)
      }
    }

    func shutDown() async throws { try await threads.shutdownGracefully() }
  }
}
