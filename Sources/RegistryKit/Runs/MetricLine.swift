private import Catalog
package import Diagnostics
private import FoundationEssentials

/// A line of a file of metrics: a JSON object whose members are metrics, and maybe `step` and `time`.
///
///     {"step": 3, "loss": 0.25, "accuracy": "NaN", "time": "2026-07-28T09:15:02Z"}
package struct MetricLine {
  /// The numbers, in the order of their names.
  package let metrics: [LoggedMetric]

  /// Reads a line; an empty one has no numbers.
  ///
  /// - Throws: `bad_metric_file`.
  package init(_ bytes: ArraySlice<UInt8>, at line: Int, _ path: String) throws(RegistryError) {
    func malformed(_ message: String, _ remedy: String) -> RegistryError {
      RegistryError(
        .badMetricFile, "Line \(line) of \(path) \(message).", place: Place(file: path, line: line),
        remedy: remedy)
    }
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
      metrics = []
      return
    }
    let values: [String: Value]
    do {
      values = try JSONDecoder().decode([String: Value].self, from: Data(bytes))
    } catch {
      throw malformed(
        "is not a JSON object of numbers",
        "Write lines such as {\"step\": 3, \"loss\": 0.25, \"accuracy\": \"NaN\"}.")
    }
    var step: Int?
    var time: Int64?
    var numbers: [(key: String, value: Double)] = []
    for (key, value) in values {
      switch (key, value) {
      case ("step", .number(let number)):
        guard let whole = Int(exactly: number) else {
          throw malformed("has a step that is no whole number", "Count epochs or batches.")
        }
        step = whole
      case ("step", .text):
        throw malformed("has a step that is no whole number", "Count epochs or batches.")
      case ("time", .text(let text)):
        guard let moment = Timestamp(iso8601: text) else {
          throw malformed(
            "has a time that is none: \(NameRule.shown(text))",
            "Write it as 2026-07-28T09:15:02Z.")
        }
        time = moment.microseconds
      case ("time", .number):
        throw malformed("has a number as its time", "Write it as 2026-07-28T09:15:02Z.")
      case (_, .number(let number)):
        numbers.append((key, number))
      case (_, .text(let text)):
        guard let number = MetricPoint.nonFinite[text] else {
          throw malformed(
            "has a text as the metric \(NameRule.shown(key))",
            "Write a number, or \"NaN\", \"Infinity\" or \"-Infinity\".")
        }
        numbers.append((key, number))
      }
    }
    metrics = numbers.sorted { $0.key < $1.key }.map {
      LoggedMetric(key: $0.key, value: $0.value, step: step, time: time)
    }
  }

  /// A member of a line.
  private enum Value: Decodable {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }
}

extension RegistryError.Code {
  /// A line of a file of metrics is not what its format prescribes.
  package static let badMetricFile = Self("bad_metric_file", .badInput)
}
