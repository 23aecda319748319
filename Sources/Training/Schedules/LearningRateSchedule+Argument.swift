package import Diagnostics

extension LearningRateSchedule: CustomStringConvertible {
  /// The names of the schedules on the command line.
  package static let names = ["constant", "cosine", "one-cycle", "plateau", "step"]

  /// A schedule from the command line: its name, then its numbers behind colons, from the left as
  /// many as differ from the standard.
  ///
  /// `constant`, `cosine:WARMUP_EPOCHS`, `one-cycle:RISE`, `plateau:FACTOR:PATIENCE` and
  /// `step:EPOCHS:FACTOR`.
  ///
  /// - Throws: `malformed_schedule` for an unknown name, and for a number too many, out of range or
  ///   none at all.
  package init(argument: String) throws(RegistryError) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var numbers = Numbers(argument: argument, rest: parts.dropFirst())
    switch parts[0] {
    case "constant":
      self = .constant
    case "cosine":
      self = .cosine(
        warmupEpochs: try numbers.next(0, "epochs of warm-up", "0 or more") { $0 >= 0 })
    case "one-cycle":
      self = .oneCycle(
        rise: try numbers.next(0.3, "share of rising steps", "between 0 and 1") { $0 > 0 && $0 < 1 }
      )
    case "plateau":
      let factor = try numbers.next(0.1, "factor", "between 0 and 1") { $0 > 0 && $0 < 1 }
      self = .plateau(factor: factor, patience: try numbers.nextCount(10, "patience", from: 0))
    case "step":
      let epochs = try numbers.nextCount(10, "number of epochs", from: 1)
      self = .step(
        epochs: epochs,
        factor: try numbers.next(0.1, "factor", "above 0, at most 1") { $0 > 0 && $0 <= 1 })
    default:
      throw RegistryError(
        .malformedSchedule, "There is no schedule \(parts[0]).", place: .subject("--schedule"),
        remedy: (Self.names.nearest(to: parts[0]).map { "Did you mean \($0)? " } ?? "")
          + "Schedules are \(Self.names.joined(separator: ", ")).")
    }
    try numbers.finish()
  }

  /// The argument that makes this schedule, with all of its numbers.
  package var description: String {
    switch self {
    case .constant: "constant"
    case .cosine(let warmupEpochs): "cosine:\(warmupEpochs)"
    case .oneCycle(let rise): "one-cycle:\(rise)"
    case .plateau(let factor, let patience): "plateau:\(factor):\(patience)"
    case .step(let epochs, let factor): "step:\(epochs):\(factor)"
    }
  }
}

/// The numbers of an argument that are still to be read.
private struct Numbers {
  let argument: String
  var rest: ArraySlice<String>

  /// The next number; the standard when there is none.
  mutating func next(
    _ standard: Double, _ name: String, _ range: String, where isValid: (Double) -> Bool
  ) throws(RegistryError) -> Double {
    guard let text = rest.popFirst() else { return standard }
    guard let value = Double(text), value.isFinite, isValid(value) else {
      throw malformed(text, name, "a number \(range)")
    }
    return value
  }

  /// The next whole number; the standard when there is none.
  mutating func nextCount(
    _ standard: Int, _ name: String, from least: Int
  ) throws(RegistryError) -> Int {
    guard let text = rest.popFirst() else { return standard }
    guard let value = Int(text), value >= least else {
      throw malformed(text, name, "a whole number, at least \(least)")
    }
    return value
  }

  /// Refuses numbers that nobody has read.
  func finish() throws(RegistryError) {
    guard let text = rest.first else { return }
    throw RegistryError(
      .malformedSchedule, "The schedule \(argument) has a number too many: \(text).",
      place: .subject("--schedule"), remedy: "Leave it out.")
  }

  private func malformed(_ text: String, _ name: String, _ wanted: String) -> RegistryError {
    RegistryError(
      .malformedSchedule, "The schedule \(argument) cannot have \(text) as its \(name).",
      place: .subject("--schedule"), remedy: "Give \(wanted).")
  }
}

extension RegistryError.Code {
  /// A schedule of learning rates is unknown, or has a number that it cannot have.
  package static let malformedSchedule = Self("malformed_schedule", .usage)
}
