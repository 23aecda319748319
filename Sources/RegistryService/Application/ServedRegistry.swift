package import NIOPosix
package import RegistryKit

/// The registry that is served, and the threads on which it is asked.
///
/// What a use case does may wait for the disk, so it never runs on the threads of the network.
package struct ServedRegistry: Sendable {
  package let registry: Registry
  private let threads: NIOThreadPool

  /// The registry, asked on `threads`, which must have been started.
  package init(_ registry: Registry, threads: NIOThreadPool) {
    self.registry = registry
    self.threads = threads
  }

  /// Asks the registry.
  ///
  /// - Throws: What `body` throws.
  package func read<Answer: Sendable>(
    _ body: @escaping @Sendable (Registry) throws -> Answer
  ) async throws -> Answer {
    let registry = registry
    return try await threads.runIfActive { try body(registry) }
  }
}
