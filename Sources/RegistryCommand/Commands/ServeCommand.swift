internal import ArgumentParser
private import Glibc
internal import RegistryKit
internal import RegistryService

/// The subcommand `registry serve`.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the registry over HTTP: an API for programs, pages for browsers.",
    discussion: """
      Listens until Ctrl-C or `kill`, then lets requests end. The log goes to standard error, one JSON \
      object a line; what to open in a browser is printed on standard output.

      Examples:
        registry serve
        registry serve --port 0 --json
      """)

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; with 0 the system chooses one.")
  var port = 7878

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if !(0...65_535).contains(port) {
      throw ValidationError("--port must be from 0 to 65535, not \(port).")
    }
  }

  func run() throws {
    var configuration = ServiceConfiguration()
    configuration.host = host
    configuration.port = port
    let (host, json) = (host, global.json)
    try RegistryServer(opening: global.folder(), configuration).run { port in
      let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
      let text =
        json ? JSONValue.object([.init(key: "url", value: .text(url))]).line : "Serving \(url)"
      Terminal.say(text + "\n")
    }
  }
}
