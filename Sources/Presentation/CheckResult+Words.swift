package import RegistryKit

extension CheckResult {
  /// Pairs that are told of together.
  package struct DuplicateGroup {
    /// A word for it.
    package var name: String
    /// What people call it.
    package var title: String
    /// What the pairs are and what may be done about them.
    package var note: String
    package var pairs: [Duplicate]
  }

  /// The leaks, and then the pairs within a split by kind.
  package var groupsOfDuplicates: [DuplicateGroup] {
    [
      DuplicateGroup(
        name: "leaks", title: "Leaks between splits",
        note: "Training sees what validation or test measure; give both the same split.",
        pairs: duplicates.filter(\.isLeak))
    ]
      + Duplicate.Kind.allCases.map { kind in
        DuplicateGroup(
          name: kind.rawValue, title: kind.title, note: kind.note,
          pairs: duplicates.filter { !$0.isLeak && $0.kind == kind })
      }
  }
}

extension CheckResult.Duplicate.Kind {
  fileprivate var note: String {
    switch self {
    case .exact: "The files differ, the pixels do not; one of them is enough."
    case .near: "The same picture in another size, quality or brightness."
    case .crop: "The second shows a part of the first."
    case .features: "The model sees nearly the same in both."
    }
  }
}

extension CheckResult.Duplicate.Kind {
  /// What a table calls such a pair.
  package var name: String {
    switch self {
    case .exact: "same pixels"
    case .near: "nearly the same"
    case .crop: "cropped"
    case .features: "same features"
    }
  }

  /// What people call such pairs.
  package var title: String {
    switch self {
    case .exact: "Exact duplicates"
    case .near: "Near duplicates"
    case .crop: "Crops"
    case .features: "Similar features"
    }
  }
}

extension CheckResult.Defect.Kind {
  /// What people call it.
  package var title: String {
    switch self {
    case .tiny: "Tiny"
    case .blurred: "Blurred"
    case .dark: "Dark"
    case .overexposed: "Over-exposed"
    case .grey: "Grey"
    case .oddAspect: "Odd aspect"
    }
  }

  /// What its figure is.
  package var figure: String {
    switch self {
    case .tiny: "short side"
    case .blurred: "sharpness"
    case .dark, .overexposed: "brightness"
    case .grey: "colour"
    case .oddAspect: "long to short"
    }
  }

  /// On which side of the threshold the figure is.
  package var side: String {
    switch self {
    case .tiny, .blurred, .dark, .grey: "below"
    case .overexposed, .oddAspect: "above"
    }
  }

  /// The figure, for people.
  package func text(of value: Double) -> String {
    switch self {
    case .tiny: "\(Quantity.fixed(value, 0)) px"
    case .blurred: Quantity.fixed(value, 4)
    case .dark, .overexposed, .grey: Quantity.percent(value)
    case .oddAspect: "\(Quantity.fixed(value, 1)) : 1"
    }
  }
}
