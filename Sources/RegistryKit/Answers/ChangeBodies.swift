private import Catalog
private import Diagnostics

/// A name that a model version gets.
package struct AliasBody: Codable, Sendable {
  /// The alias.
  package var alias: String
}

/// What becomes of tags and a note.
package struct TagBody: Codable, Sendable {
  /// Tags that get these values.
  package var tags: [String: String]?
  /// The keys of tags that go.
  package var remove: [String]?
  /// The new note.
  package var note: String?
  /// Whether the note goes.
  package var removeNote: Bool?
}

/// Why something is done.
package struct ReasonBody: Codable, Sendable {
  package var reason: String
}

/// Why something is done, if that is to be said.
package struct OptionalReasonBody: Codable, Sendable {
  package var reason: String?
}

/// What is deleted or restored.
package struct SubjectsBody: Codable, Sendable {
  /// Model versions, or models with all their versions.
  package var models: [String]?
  /// Dataset versions, or datasets with all their versions.
  package var datasets: [String]?
  package var runs: [String]?

  /// What is named.
  package var subjects: [RegistrySubject] {
    (models ?? []).map { .model($0) } + (datasets ?? []).map { .dataset($0) }
      + (runs ?? []).map { .run($0) }
  }
}

/// What is deleted.
package struct DeleteBody: Codable, Sendable {
  /// Model versions, or models with all their versions.
  package var models: [String]?
  /// Dataset versions, or datasets with all their versions.
  package var datasets: [String]?
  package var runs: [String]?
  /// Whether what descends from the models goes too.
  package var descendants: Bool?
  /// Whether what aliases name and what others need goes all the same.
  package var force: Bool?

  /// What is named.
  package var subjects: [RegistrySubject] {
    SubjectsBody(models: models, datasets: datasets, runs: runs).subjects
  }
}

/// How garbage is collected.
package struct CollectBody: Codable, Sendable {
  /// Whether nothing is changed.
  package var dryRun: Bool?
}

/// A run that another program does.
package struct RunBody: Codable, Sendable {
  /// The name of the model that the run trains or evaluates.
  package var model: String
  /// `train` or `evaluate`.
  package var kind: String?
  /// The version that it starts from or evaluates.
  package var base: String?
  package var dataset: [String]?
  package var parameters: [String: String]?
  package var seed: Int?
}

/// Numbers for the history of a run.
package struct MetricsBody: Codable, Sendable {
  package var metrics: [Point]

  /// A number.
  package struct Point: Codable, Sendable {
    package var key: String
    /// A number, or `NaN`, `Infinity`, `-Infinity` as texts.
    package var value: JSONNumber
    /// One more than the metric's last if not given.
    package var step: Int?
    /// ISO 8601; now if not given.
    package var time: String?
  }
}

/// A number for which JSON has a word, or one of the three that are texts.
package struct JSONNumber: Codable, Sendable, Hashable {
  package var value: Double

  package init(_ value: Double) { self.value = value }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let word = try? container.decode(String.self) else {
      value = try container.decode(Double.self)
      return
    }
    guard let number = MetricPoint.nonFinite[word] else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "it must be a number, NaN, Infinity or -Infinity")
    }
    value = number
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// Parameters of a run.
package struct ParametersBody: Codable, Sendable {
  package var parameters: [String: String]
}

/// How a run ended.
package struct RunEndBody: Codable, Sendable {
  /// `finished`, `failed` or `interrupted`.
  package var state: String?
  package var message: String?
}

/// A token that is to be made.
package struct TokenBody: Codable, Sendable {
  package var name: String
  /// `read`, `write` or `admin`.
  package var role: AccessRole?
  /// After how many days it is worth nothing.
  package var expiresIn: Int?
}

extension LoggedMetric {
  /// A number, measured at a time as ISO 8601 writes it.
  ///
  /// - Throws: `malformed_request` for a time that is none.
  package init(key: String, value: Double, step: Int?, iso8601 time: String?) throws {
    let moment = try time.map { text in
      guard let moment = Timestamp(iso8601: text) else {
        throw RegistryError(
          .malformedRequest, "\(NameRule.shown(text)) is no time.", place: .subject("time"),
          remedy: "Write it as 2026-07-28T09:15:02Z.")
      }
      return moment
    }
    self.init(key: key, value: value, step: step, time: moment?.microseconds)
  }
}
