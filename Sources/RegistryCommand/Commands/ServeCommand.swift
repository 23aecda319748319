internal import ArgumentParser
internal import RegistryKit
internal import RegistryService

/// The subcommand `registry serve`.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the registry over HTTP: what it holds, changes, and training jobs.",
    discussion: """
      Only this machine can reach it unless --host says otherwise; then a token is needed, which \
      `registry token create` makes. Jobs that are submitted run in processes of their own, --workers at \
      once. Listens until Ctrl-C or `kill`, then lets requests end and jobs reach a safe point. The log \
      goes to standard error, one JSON object a line. docs/http-api.md describes the API.

      Examples:
        registry serve
        registry serve --port 0 --json
        registry serve --workers 2 --job-memory 4096
        registry serve --host 0.0.0.0 --tls-certificate a.pem --tls-key a.key
      """)

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; with 0 the system chooses one.")
  var port = 7878

  @Option(
    help: ArgumentHelp(
      "A file with the certificate and those above it, in PEM; connections are then encrypted.",
      valueName: "file"), completion: .file())
  var tlsCertificate: String?

  @Option(
    help: ArgumentHelp("The file with the certificate's key, in PEM.", valueName: "file"),
    completion: .file())
  var tlsKey: String?

  @Option(help: "How many jobs are done at once; 0 leaves them to `registry worker`.")
  var workers = 1

  @Option(help: "Threads of each job. (default: an equal share of the cores)")
  var jobThreads: Int?

  @Option(
    help: ArgumentHelp(
      "How much memory each job may take, in MiB. (default: no limit)", valueName: "MiB"))
  var jobMemory: Int?

  @Option(
    help: ArgumentHelp("The most MiB of a file that is uploaded.", valueName: "MiB"))
  var uploadLimit = 4_096

  @Flag(help: "Ask for a token on this machine, too.")
  var requireToken = false

  @Option(
    help: ArgumentHelp(
      """
      The most requests a second of each client. (default: 200, and no limit on this machine)
      """, valueName: "number"))
  var rateLimit: Double?

  @Option(
    help: ArgumentHelp(
      "How long a client may take for each part of a request.", valueName: "seconds"))
  var timeout = 30

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if !(0...65_535).contains(port) {
      throw ValidationError("--port must be from 0 to 65535, not \(port).")
    }
    if !(1...3_600).contains(timeout) {
      throw ValidationError("--timeout must be from 1 to 3600 seconds, not \(timeout).")
    }
    if !(1...(1 << 24)).contains(uploadLimit) {
      throw ValidationError("--upload-limit must be from 1 to 16777216 MiB, not \(uploadLimit).")
    }
    if !(0...1_000).contains(workers) {
      throw ValidationError("--workers must be from 0 to 1000, not \(workers).")
    }
    if let jobThreads, jobThreads < 1 {
      throw ValidationError("--job-threads must be at least 1, not \(jobThreads).")
    }
    if let jobMemory, !(64...(1 << 30)).contains(jobMemory) {
      throw ValidationError("--job-memory must be at least 64 MiB, not \(jobMemory).")
    }
    if let rateLimit, !(rateLimit >= 0 && rateLimit <= 1e6) {
      throw ValidationError("--rate-limit must be from 0 to 1000000, not \(rateLimit).")
    }
    if (tlsCertificate == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-certificate and --tls-key belong together.")
    }
  }

  func run() throws {
    var configuration = ServiceConfiguration()
    configuration.host = host
    configuration.port = port
    if let tlsCertificate, let tlsKey { configuration.certificate = (tlsCertificate, tlsKey) }
    configuration.needsToken = requireToken
    configuration.requestsPerSecond = rateLimit ?? (configuration.isLoopback ? 0 : 200)
    configuration.timeout = .seconds(timeout)
    configuration.maximumUploadBytes = uploadLimit << 20
    configuration.workerCount = workers
    configuration.workerThreads = jobThreads
    configuration.workerMemoryLimit = jobMemory.map { $0 << 20 }
    let json = global.json
    try RegistryServer(opening: global.folder(), configuration).run { [configuration] port in
      let url = configuration.url(port: port)
      let text =
        json ? JSONValue.object([.init(key: "url", value: .text(url))]).line : "Serving \(url)"
      Terminal.say(text + "\n")
    }
  }
}
