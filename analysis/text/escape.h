// Text as it may stand in each format. Every writer puts names, labels and
// sentences through one of these, whatever they hold: line breaks, quotes,
// control characters. Text that is not UTF-8 comes out with U+FFFD in place of
// each wrong byte; BenchmarkTable::Read and the readers of specs refuse it.
#ifndef ANALYSIS_TEXT_ESCAPE_H_
#define ANALYSIS_TEXT_ESCAPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

// One record of a CSV file after RFC 4180, but that it ends in a line feed:
// fields with a comma, a quote or a line break stand in quotes, quotes twice.
std::string CsvLine(const std::vector<std::string>& fields);

// A code as CSV has it, "c000211": readers that guess types, such as pandas,
// would make the number 211 of "000211", which is the index of another cell.
// ParseCell (nas/cell.h) reads it.
std::string CsvCode(absl::string_view code);

// HTML, between tags and in an attribute's quotes.
std::string EscapeHtml(absl::string_view text);

// A name for `id`, `href="#..."` and \label: letters, digits, "-" and "_" as
// they are, of other bytes a dot and two hexadecimal digits. Different texts
// have different names.
std::string AnchorName(absl::string_view text);

// A JSON string with its quotes, with no "<" in it, so that it may stand in a
// <script> too.
std::string JsonQuoted(absl::string_view text);

// Markdown, in a line of text or in a table.
std::string EscapeMarkdown(absl::string_view text);

// LaTeX outside of math, in a line of text or in a table.
std::string EscapeLatex(absl::string_view text);

// A gnuplot string in double quotes.
std::string GnuplotQuoted(absl::string_view text);

// The same for the label of a tic, which is a format: "%" is doubled.
std::string GnuplotTic(absl::string_view text);

// A comment's line: one line.
std::string OneLine(absl::string_view text);

// A label of graphviz's dot in double quotes; line breaks stay breaks.
std::string DotQuoted(absl::string_view text);

// A name of SQL in double quotes; text in single ones. A NUL, which neither
// can hold, is left out.
std::string SqlName(absl::string_view name);
std::string SqlText(absl::string_view text);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_ESCAPE_H_
