private import Diagnostics
private import Glibc
private import Logging
package import RegistryKit

/// Does jobs of a registry as they come, each in a process of its own: a crash of one ends neither the
/// others nor this process.
package struct WorkerPool: Sendable {
  /// The registry's folder.
  package let folder: String
  /// How many jobs are done at once.
  package let count: Int
  /// How many threads each has; an equal share of the cores if not given.
  package let threads: Int?
  /// How many bytes of memory each may take beside files that it maps.
  package let memoryLimit: Int?

  /// How long the pool waits between two looks.
  private static let interval: useconds_t = 100_000
  /// How long jobs have to reach a safe point when the pool stops, in seconds.
  private static let graceSeconds = 60.0

  /// A pool; nothing is done before ``run(until:)``.
  package init(folder: String, count: Int, threads: Int? = nil, memoryLimit: Int? = nil) {
    self.folder = folder
    self.count = count
    self.threads = threads
    self.memoryLimit = memoryLimit
  }

  private struct Worker {
    let process: ChildProcess
    let name: String
  }

  /// Does jobs until `stop` is set, then lets those at work stop at a safe point; the thread waits.
  ///
  /// - Throws: What opening the registry reports.
  package func run(until stop: Cancellation) throws {
    let registry = try Registry(opening: folder)
    let log = Logger(label: "registry.workers") { _ in StructuredLog() }
    var workers: [Worker] = []
    while !stop.isCancelled {
      reap(&workers, registry, log)
      do {
        if workers.count < count, try registry.hasClaimableJob() {
          workers.append(try start())
        }
      } catch {
        log.error("workers", metadata: ["error": "\(error)"])
        sleep(1)
      }
      usleep(Self.interval)
    }
    for worker in workers { worker.process.stop() }
    let start = ContinuousClock.now
    while !workers.isEmpty {
      if (ContinuousClock.now - start).seconds > Self.graceSeconds {
        for worker in workers { worker.process.end() }
      }
      usleep(Self.interval)
      reap(&workers, registry, log)
    }
  }

  private func start() throws -> Worker {
    var generator = SystemRandomNumberGenerator()
    let number = UInt32.random(in: .min ... .max, using: &generator)
    let name = "\(HostDescription.user) \(String(number, radix: 16))"
    var arguments = [
      "worker", "--once", "--quiet", "--registry", folder, "--name", name, "--threads",
      "\(threads ?? max(1, HostDescription.availableCores / max(1, count)))",
    ]
    if let memoryLimit { arguments += ["--memory-limit", "\(memoryLimit >> 20)"] }
    return Worker(process: try ChildProcess(Self.program(), arguments), name: name)
  }

  private func reap(_ workers: inout [Worker], _ registry: Registry, _ log: Logger) {
    workers.removeAll { worker in
      guard let ending = worker.process.ending() else { return false }
      if ending != .exited(0) {
        let how =
          switch ending {
          case .exited(let code): "with exit code \(code)"
          case .killed(let signal): "by signal \(signal), \(String(cString: strsignal(signal)))"
          }
        log.error("worker", metadata: ["name": "\(worker.name)", "ended": "\(how)"])
        do {
          try registry.endLeases(
            ofWorker: worker.name,
            RegistryError(
              .workerDied, "The process of the job ended \(how).",
              remedy: "Look into the log of the service; the job may need more memory."))
        } catch {
          // Its lease ends by itself.
          log.error("workers", metadata: ["error": "\(error)"])
        }
      }
      return true
    }
  }

  private static func program() throws -> String {
    guard let path = ProgramFile.path else {
      throw RegistryError(
        .cannotStartWorker, "The program does not find its own file.", remedy: "Mount /proc.")
    }
    return path
  }
}

extension RegistryError.Code {
  /// The process of a job ended in another way than it should.
  static let workerDied = Self("worker_died", .unavailable)
}
