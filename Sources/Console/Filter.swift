/// A list to choose a filter from, for the template `filters`.
struct Filter {
  let name: String
  let label: String
  /// Values and their labels.
  let options: [(String, String)]
  /// The value chosen; nil or empty for the first option.
  let chosen: String?

  var values: PageValues {
    [
      "name": name, "label": label,
      "options": options.map { value, label -> PageValues in
        ["value": value, "label": label, "chosen": value == chosen]
      },
    ]
  }
}
