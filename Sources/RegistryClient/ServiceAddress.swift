internal import Diagnostics

/// Where a service is.
package struct ServiceAddress: Sendable, Hashable {
  let host: String
  let port: Int
  let isEncrypted: Bool

  /// Reads `http://HOST:PORT` or `https://HOST:PORT`; the port is 7878 if not given.
  ///
  /// - Throws: `malformed_server`.
  package init(_ text: String) throws {
    let malformed = RegistryError(
      .malformedServer, "The address of a service cannot be \(text.prefix(200)).",
      place: .subject("--server"), remedy: "Give it as http://HOST:PORT or https://HOST:PORT.")
    guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) })
    else { throw malformed }
    var rest = text.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let isAllowed = { (byte: UInt8) in
      (0x21...0x7e).contains(byte) && !"/?#@\\".utf8.contains(byte)
    }
    guard !rest.isEmpty, rest.utf8.allSatisfy(isAllowed) else { throw malformed }
    // `[::1]:7878`, `localhost:7878`, `localhost`
    let end = rest.hasPrefix("[") ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : nil
    let colon = rest[(end ?? rest.startIndex)...].lastIndex(of: ":")
    let name = rest[..<(colon ?? rest.endIndex)]
    host = String(name.hasPrefix("[") ? name.dropFirst().dropLast() : name)
    isEncrypted = scheme == "https://"
    guard let colon else {
      port = 7878
      return
    }
    guard let number = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(number) else {
      throw malformed
    }
    port = number
  }

  /// What a request says of it.
  var hostHeader: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension RegistryError.Code {
  /// The address of a service cannot be read.
  static let malformedServer = Self("malformed_server", .usage)
}
