#include "analysis/figures/render_figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/subprocess.h"
#include "google/protobuf/text_format.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

class ScratchDirectory {
 public:
  absl::Status Create() {
    std::error_code error;
    std::string name =
        (std::filesystem::temp_directory_path(error) / "figures.XXXXXX")
            .string();
    if (mkdtemp(name.data()) == nullptr) {
      return absl::InternalError(absl::StrCat(name, ": ", strerror(errno)));
    }
    path_ = std::filesystem::absolute(name, error).string();
    return absl::OkStatus();
  }
  ~ScratchDirectory() {
    if (path_.empty()) return;
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Absolute(const std::string& program) {
  std::error_code error;
  return std::filesystem::absolute(program, error).string();
}

absl::Span<const absl::string_view> Suffixes(const Figure& figure) {
  return figure.is_graph ? absl::MakeConstSpan(kGraphSuffixes)
                         : absl::MakeConstSpan(kFigureSuffixes);
}

// gnuplot ends without an error even if the disk of its file is full.
absl::Status CheckIsWhole(const std::string& name, absl::string_view suffix,
                          absl::string_view bytes) {
  static constexpr std::pair<absl::string_view, absl::string_view> kEnds[] = {
      {".svg", "</svg>"}, {".pdf", "%%EOF"}, {".png", "IEND\xae\x42\x60\x82"}};
  for (const auto& [of, end] : kEnds) {
    if (suffix == of &&
        !absl::EndsWith(absl::StripTrailingAsciiWhitespace(bytes), end)) {
      return absl::DataLossError(absl::StrCat(
          name, ": drawn in part only; is the disk of TMPDIR full?"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> RenderFigures(
    const std::vector<Figure>& figures, const RenderOptions& options) {
  ScratchDirectory scratch;
  ROBBENCH_RETURN_IF_ERROR(scratch.Create());
  // Font caches go to the scratch directory too, as the home directory may be
  // read-only.
  const std::vector<std::string> environment = {
      "LC_ALL=C.UTF-8",         "TZ=UTC",
      "SOURCE_DATE_EPOCH=0",    "PATH=/usr/bin:/bin",
      "HOME=" + scratch.path(), "XDG_CACHE_HOME=" + scratch.path()};
  std::vector<Command> draw, convert;
  for (const Figure& figure : figures) {
    const std::string stem = absl::StrCat(scratch.path(), "/", figure.name);
    const std::string svg = figure.name + ".svg";
    if (figure.is_graph) {
      ROBBENCH_RETURN_IF_ERROR(WriteFile(stem + ".dot", figure.script));
      draw.push_back(
          {{Absolute(options.dot), "-Tsvg", "-o", svg, figure.name + ".dot"},
           scratch.path(),
           environment});
    } else {
      ROBBENCH_RETURN_IF_ERROR(WriteFile(stem + ".gp", figure.script));
      ROBBENCH_RETURN_IF_ERROR(WriteFile(stem + ".dat", figure.data));
      draw.push_back({{Absolute(options.gnuplot), figure.name + ".gp"},
                      scratch.path(),
                      environment});
    }
    convert.push_back({{Absolute(options.rsvg_convert), "--format=pdf",
                        "--output=" + figure.name + ".pdf", svg},
                       scratch.path(),
                       environment});
    convert.push_back({{Absolute(options.rsvg_convert), "--format=png",
                        absl::StrCat("--zoom=", options.png_zoom),
                        "--output=" + figure.name + ".png", svg},
                       scratch.path(),
                       environment});
  }
  ROBBENCH_RETURN_IF_ERROR(RunAll(draw));
  ROBBENCH_RETURN_IF_ERROR(RunAll(convert));
  std::vector<std::pair<std::string, std::string>> files;
  DrawnFigures index;
  for (const Figure& figure : figures) {
    DrawnFigure& drawn = *index.add_figures();
    drawn.set_name(figure.name);
    drawn.set_title(figure.title);
    drawn.set_caption(figure.caption);
    for (const absl::string_view suffix : Suffixes(figure)) {
      const std::string name = absl::StrCat(figure.name, suffix);
      ROBBENCH_ASSIGN_OR_RETURN(
          std::string bytes,
          ReadFile(absl::StrCat(scratch.path(), "/", name), 256 << 20));
      ROBBENCH_RETURN_IF_ERROR(CheckIsWhole(name, suffix, bytes));
      files.emplace_back(name, std::move(bytes));
    }
  }
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.PrintToString(index, &text);
  files.emplace_back(std::string(kFigureIndex), std::move(text));
  return files;
}

absl::Status CheckFigureDirectory(const std::string& directory,
                                  const std::vector<std::string>& inputs) {
  return OutputFiles::Open({absl::StrCat(directory, "/", kFigureIndex)}, inputs)
      .status();
}

absl::Status WriteFigures(const std::vector<Figure>& figures,
                          const RenderOptions& options,
                          const std::string& directory) {
  std::vector<std::string> paths = {absl::StrCat(directory, "/", kFigureIndex)};
  for (const Figure& figure : figures) {
    for (const absl::string_view suffix : Suffixes(figure)) {
      paths.push_back(absl::StrCat(directory, "/", figure.name, suffix));
    }
  }
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs, OutputFiles::Open(paths));
  ROBBENCH_ASSIGN_OR_RETURN(auto files, RenderFigures(figures, options));
  for (auto& [name, bytes] : files) {
    outputs.Add(absl::StrCat(directory, "/", name), std::move(bytes));
  }
  return outputs.Commit();
}

}  // namespace robbench
