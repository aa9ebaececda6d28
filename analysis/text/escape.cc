#include "analysis/text/escape.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "nas/base/utf8.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

std::string ValidUtf8(absl::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  using Json = nlohmann::json;
  return Json::parse(Json(std::string(text))
                         .dump(-1, ' ', /*ensure_ascii=*/false,
                               Json::error_handler_t::replace))
      .get<std::string>();
}

// Puts a blank for each control character, none of which SVG, HTML or LaTeX can
// hold; for line breaks too, unless they are kept.
std::string WithoutControls(absl::string_view text, bool keep_breaks) {
  std::string result = ValidUtf8(text);
  for (char& c : result) {
    if (absl::ascii_iscntrl(c) && !(keep_breaks && c == '\n')) c = ' ';
  }
  return result;
}

std::string CsvField(absl::string_view text) {
  std::string field = ValidUtf8(text);
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string CsvLine(const std::vector<std::string>& fields) {
  // A record of one empty field would be an empty line, which readers skip.
  if (fields.size() == 1 && fields[0].empty()) return "\"\"\n";
  return absl::StrJoin(fields, ",",
                       [](std::string* out, absl::string_view field) {
                         *out += CsvField(field);
                       }) +
         "\n";
}

std::string CsvCode(absl::string_view code) { return absl::StrCat("c", code); }

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(WithoutControls(text, /*keep_breaks=*/true),
                             {{"&", "&amp;"},
                              {"<", "&lt;"},
                              {">", "&gt;"},
                              {"\"", "&quot;"},
                              {"'", "&#39;"}});
}

std::string AnchorName(absl::string_view text) {
  std::string name;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '_') {
      name += c;
    } else {
      absl::StrAppendFormat(&name, ".%02x", static_cast<unsigned char>(c));
    }
  }
  return name;
}

std::string JsonQuoted(absl::string_view text) {
  return absl::StrReplaceAll(
      nlohmann::json(std::string(text))
          .dump(-1, ' ', /*ensure_ascii=*/false,
                nlohmann::json::error_handler_t::replace),
      {{"<", "\\u003c"}});
}

std::string EscapeMarkdown(absl::string_view text) {
  return absl::StrReplaceAll(WithoutControls(text, /*keep_breaks=*/false),
                             {{"\\", "\\\\"},
                              {"|", "\\|"},
                              {"_", "\\_"},
                              {"*", "\\*"},
                              {"`", "\\`"},
                              {"[", "\\["},
                              {"]", "\\]"},
                              {"#", "\\#"},
                              {"~", "\\~"},
                              {"$", "\\$"},
                              {"&", "&amp;"},
                              {"<", "&lt;"},
                              {">", "&gt;"}});
}

std::string EscapeLatex(absl::string_view text) {
  // LaTeX would take "[" and "*" behind the "\\" of a table's row for its
  // arguments.
  return absl::StrReplaceAll(WithoutControls(text, /*keep_breaks=*/false),
                             {{"\\", "\\textbackslash{}"},
                              {"&", "\\&"},
                              {"%", "\\%"},
                              {"$", "\\$"},
                              {"#", "\\#"},
                              {"_", "\\_"},
                              {"{", "\\{"},
                              {"}", "\\}"},
                              {"[", "{[}"},
                              {"]", "{]}"},
                              {"*", "{*}"},
                              {"|", "\\textbar{}"},
                              {"<", "\\textless{}"},
                              {">", "\\textgreater{}"},
                              {"~", "\\textasciitilde{}"},
                              {"^", "\\textasciicircum{}"},
                              {"±", "$\\pm$"},
                              {"−", "$-$"},
                              {"→", "$\\to$"},
                              {"∞", "$\\infty$"},
                              {"ε", "$\\varepsilon$"},
                              {"λ", "$\\lambda$"},
                              {"ρ", "$\\rho$"},
                              {"τ", "$\\tau$"},
                              {"×", "$\\times$"},
                              {"–", "--"}});
}

std::string GnuplotQuoted(absl::string_view text) {
  return absl::StrCat(
      "\"",
      absl::StrReplaceAll(
          WithoutControls(text, /*keep_breaks=*/true),
          {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"`", "\\140"}}),
      "\"");
}

std::string GnuplotTic(absl::string_view text) {
  return absl::StrReplaceAll(GnuplotQuoted(text), {{"%", "%%"}});
}

std::string OneLine(absl::string_view text) {
  return WithoutControls(text, /*keep_breaks=*/false);
}

std::string DotQuoted(absl::string_view text) {
  return absl::StrCat(
      "\"",
      absl::StrReplaceAll(
          WithoutControls(text, /*keep_breaks=*/true),
          {{"\\", "\\\\"}, {"\"", "\\\""}, {"&", "&amp;"}, {"\n", "\\n"}}),
      "\"");
}

std::string SqlName(absl::string_view name) {
  return absl::StrCat(
      "\"",
      absl::StrReplaceAll(name,
                          {{"\"", "\"\""}, {absl::string_view("\0", 1), ""}}),
      "\"");
}

std::string SqlText(absl::string_view text) {
  return absl::StrCat(
      "'",
      absl::StrReplaceAll(text,
                          {{"'", "''"}, {absl::string_view("\0", 1), ""}}),
      "'");
}

}  // namespace robbench
