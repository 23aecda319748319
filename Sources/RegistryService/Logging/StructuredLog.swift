private import Catalog
private import Glibc
internal import Logging
private import RegistryKit

/// Writes each message to standard error as one JSON object on a line.
struct StructuredLog: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members: [JSONValue.Member] = [
      .init(key: "time", value: .text(Timestamp.now().iso8601)),
      .init(key: "level", value: .text(event.level.rawValue)),
      .init(key: "message", value: .text(event.message.description)),
    ]
    let values = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      let name = key == "hb.request.id" ? "request_id" : key
      members.append(.init(key: name, value: .text(value.description)))
    }
    // One call, so that lines of several threads do not mix.
    let line = Array((JSONValue.object(members).line + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
