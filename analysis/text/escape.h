// Escapes text for each format. Every writer passes names, labels and sentences
// through one of these functions, whatever they hold: line breaks, quotes,
// control characters. Text that is not UTF-8 comes out with U+FFFD in place of
// each wrong byte; BenchmarkTable::Read and the readers of specs refuse it.
#ifndef ANALYSIS_TEXT_ESCAPE_H_
#define ANALYSIS_TEXT_ESCAPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace robbench {

// Returns one record of a CSV file after RFC 4180, except that it ends in a
// line feed only. A field with a comma, a quote or a line break stands in
// quotes, and quotes in it are doubled.
std::string CsvLine(const std::vector<std::string>& fields);

// Returns a code as CSV files have it, "c000211". Readers that guess types,
// such as pandas, would take "000211" for the number 211, which is the index of
// another cell. ParseCell (nas/cell.h) reads it.
std::string CsvCode(absl::string_view code);

// Escapes text for HTML, between tags and in an attribute's quotes.
std::string EscapeHtml(absl::string_view text);

// Returns a name for `id`, `href="#..."` and \label. Letters, digits, "-" and
// "_" stay as they are; any other byte becomes a dot and two hexadecimal
// digits. Different texts have different names.
std::string AnchorName(absl::string_view text);

// Returns a JSON string with its quotes. It has no "<", so that it may also
// stand in a <script>.
std::string JsonQuoted(absl::string_view text);

// Escapes text for Markdown, in a line of text or in a table.
std::string EscapeMarkdown(absl::string_view text);

// Escapes text for LaTeX outside of math, in a line of text or in a table.
std::string EscapeLatex(absl::string_view text);

// Returns a gnuplot string in double quotes.
std::string GnuplotQuoted(absl::string_view text);

// Does the same for the label of a tic. Gnuplot takes it for a format, so "%"
// is doubled.
std::string GnuplotTic(absl::string_view text);

// Returns text as one line, for a comment in a script.
std::string OneLine(absl::string_view text);

// Returns a label for graphviz's dot in double quotes; line breaks stay breaks.
std::string DotQuoted(absl::string_view text);

// Return a name of SQL in double quotes, and text of SQL in single quotes. A
// NUL, which neither can hold, is left out.
std::string SqlName(absl::string_view name);
std::string SqlText(absl::string_view text);

}  // namespace robbench

#endif  // ANALYSIS_TEXT_ESCAPE_H_
