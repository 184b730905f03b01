/// A list from which to choose a filter, for the template `filters`.
struct Filter {
  let name: String
  let label: String
  /// The values and their labels.
  let options: [(String, String)]
  /// The chosen value; nil or empty for the first option.
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
