internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

/// A request to an operation, whose parameters were looked through.
struct Call: Sendable {
  let request: Request
  let context: ServiceContext
  let served: ServedRegistry
  private let values: [String: String]

  /// Reads the parameters that an operation takes.
  ///
  /// - Throws: `malformed_request` when one is unknown, given twice, no text or out of its range.
  init(
    _ request: Request, _ context: ServiceContext, _ served: ServedRegistry,
    _ parameters: [Parameter]
  ) throws {
    self.request = request
    self.context = context
    self.served = served
    var values: [String: String] = [:]
    for parameter in parameters where parameter.place == .path {
      values[parameter.name] = try PercentCoding.decoded(
        context.parameters.get(parameter.name) ?? "", of: parameter.name)
    }
    for (name, value) in try PercentCoding.pairs(ofQuery: request.uri.query ?? "") {
      guard parameters.contains(where: { $0.place == .query && $0.name == name }) else {
        let known = parameters.filter { $0.place == .query }.map(\.name)
        throw RegistryError.malformed(
          "There is no parameter of this name here.", name,
          remedy: known.isEmpty ? "Leave it out." : "Known are: \(known.joined(separator: ", ")).")
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw RegistryError.malformed(
          "The parameter is given twice.", name, remedy: "Give it once.")
      }
    }
    self.values = values
    for parameter in parameters { try check(parameter) }
  }

  private func check(_ parameter: Parameter) throws {
    guard let value = values[parameter.name] else { return }
    switch parameter.kind {
    case .text: break
    case .integer(let range):
      guard let number = Int(value), range.contains(number) else {
        throw RegistryError.malformed(
          "The parameter is no whole number in its range.", parameter.name,
          remedy: "Give one from \(range.lowerBound) to \(range.upperBound).")
      }
    case .number:
      guard let number = Double(value), number.isFinite else {
        throw RegistryError.malformed(
          "The parameter is no number.", parameter.name, remedy: "Give one.")
      }
    case .flag:
      guard value == "true" || value == "false" else {
        throw RegistryError.malformed(
          "The parameter is neither true nor false.", parameter.name, remedy: "Give one of both.")
      }
    case .choice(let words):
      guard words.contains(value) else {
        throw RegistryError.malformed(
          "The parameter has none of its values.", parameter.name,
          remedy: "Give one of: \(words.joined(separator: ", ")).")
      }
    }
  }

  /// A part of the path.
  func path(_ name: String) -> String { values[name] ?? "" }

  /// An option; `nil` if it was not given.
  func text(_ name: String) -> String? { values[name] }

  /// An option that must be given.
  func requiredText(_ name: String) throws -> String {
    guard let value = values[name] else {
      throw RegistryError.malformed("The parameter is missing.", name, remedy: "Give it.")
    }
    return value
  }

  /// A whole number; `nil` if it was not given.
  func integer(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

  /// A number; `nil` if it was not given.
  func number(_ name: String) -> Double? { values[name].flatMap { Double($0) } }

  /// Whether a flag is set.
  func flag(_ name: String) -> Bool { values[name] == "true" }

  /// What a list is asked for.
  func list(name: String? = nil) -> ListRequest {
    ListRequest(
      name: name, where: text("where"), sort: text("sort"), limit: integer("limit") ?? 50,
      offset: integer("offset") ?? 0, after: text("after"))
  }
}
