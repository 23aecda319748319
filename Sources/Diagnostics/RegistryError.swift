/// The one error that every module throws: what was wrong, where, and what to do about it.
///
/// A rule that can be broken has a ``Code``, declared beside the code that throws it. The code's
/// ``Category`` alone decides the process's exit code and the HTTP status.
public struct RegistryError: Error, Sendable {
  /// The rule that was broken.
  public let code: Code
  /// What was wrong: one sentence that names the thing and the value.
  public let message: String
  /// Where: the file, the image, the layer, the byte.
  public var place: Place?
  /// What to do, in one sentence; `nil` when nothing can be done.
  public let remedy: String?
  /// The error underneath, when another library reported it.
  public let cause: (any Error)?

  /// An error that broke the rule `code`.
  public init(
    _ code: Code, _ message: String, place: Place? = nil, remedy: String? = nil,
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.place = place
    self.remedy = remedy
    self.cause = cause
  }

  /// The same error with a place, unless it has one that is more exact already.
  public func at(_ place: Place) -> RegistryError {
    var located = self
    located.place = self.place?.completed(with: place) ?? place
    return located
  }
}

extension RegistryError: CustomStringConvertible {
  /// Message, place and remedy on one line each, as the command line prints them.
  public var description: String {
    var lines = [message]
    if let place, !place.isEmpty { lines.append("  at: \(place)") }
    if let remedy { lines.append("  try: \(remedy)") }
    return lines.joined(separator: "\n")
  }
}

extension RegistryError {
  /// The name of a rule, for example `truncated_image`, with the category it belongs to.
  ///
  /// Codes are a contract: scripts branch on them. `docs/errors.md` lists every one.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name in snake case, as `--json` prints it.
    public let name: String
    /// What kind of failure this is.
    public let category: Category

    /// A code; declare it beside the code that throws it.
    public init(_ name: String, _ category: Category) {
      self.name = name
      self.category = category
    }

    /// The same as ``name``.
    public var description: String { name }
  }

  /// The kind of a failure: the only table from failures to exit codes and HTTP statuses.
  public enum Category: String, Sendable, CaseIterable {
    /// The command or request is put together wrongly.
    case usage
    /// A named thing does not exist.
    case notFound = "not_found"
    /// The thing exists already, or changed meanwhile.
    case conflict
    /// A file or folder may not be written by this user.
    case cannotCreate = "cannot_create"
    /// Data from outside breaks its format's rules or ours.
    case badInput = "bad_input"
    /// Data that the registry stored no longer matches its digest.
    case corrupt
    /// The operating system failed to read or write.
    case inputOutput = "input_output"
    /// A library or a service that is needed is missing.
    case unavailable
    /// Somebody else holds the registry; the same command may succeed later.
    case busy
    /// The user or the system stopped the work.
    case interrupted
    /// A promise of this program did not hold: a bug.
    case `internal`

    /// The exit code of a process that fails so, after `sysexits.h`.
    public var exitCode: Int32 {
      switch self {
      case .usage: 64
      case .badInput: 65
      case .notFound: 66
      case .unavailable: 69
      case .conflict, .cannotCreate: 73
      case .inputOutput: 74
      case .busy: 75
      case .corrupt, .interrupted, .internal: 1
      }
    }

    /// The HTTP status of a response that fails so.
    public var httpStatus: Int {
      switch self {
      case .usage: 400
      case .notFound: 404
      case .conflict: 409
      case .badInput: 422
      case .unavailable, .busy, .interrupted: 503
      case .cannotCreate, .corrupt, .inputOutput, .internal: 500
      }
    }
  }
}
