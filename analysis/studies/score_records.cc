#include "analysis/studies/score_records.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_split.h"
#include "analysis/statistics/rank_statistics.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "nas/base/file.h"

namespace robbench {

void AddInput(const std::string& role, const std::string& sha256,
              Provenance& provenance) {
  InputDigest& input = *provenance.add_inputs();
  input.set_role(role);
  input.set_sha256(sha256);
  std::sort(provenance.mutable_inputs()->begin(),
            provenance.mutable_inputs()->end(),
            [](const InputDigest& a, const InputDigest& b) {
              return a.role() < b.role();
            });
}

Provenance ScoresProvenance(const std::string& producer,
                            const Provenance& of_record,
                            const std::set<std::string>& digests) {
  const std::string records = absl::StrCat(absl::StrJoin(digests, "\n"), "\n");
  Provenance provenance = MakeProvenance(producer, of_record.numeric_profile(),
                                         {{"records", records}});
  for (const InputDigest& input : of_record.inputs()) {
    AddInput(input.role(), input.sha256(), provenance);
  }
  return provenance;
}

std::optional<double> AgreementOfSeeds(
    const std::vector<std::vector<double>>& by_seed) {
  double sum = 0;
  int pairs = 0;
  for (size_t a = 0; a < by_seed.size(); ++a) {
    for (size_t b = a + 1; b < by_seed.size(); ++b) {
      std::vector<double> x, y;
      for (size_t cell = 0; cell < by_seed[a].size(); ++cell) {
        const double first = by_seed[a][cell], second = by_seed[b][cell];
        if (std::isnan(first) || std::isnan(second)) continue;
        x.push_back(first);
        y.push_back(second);
      }
      if (const auto found = Spearman(x, y)) {
        sum += *found;
        ++pairs;
      }
    }
  }
  if (pairs == 0) return std::nullopt;
  return sum / pairs;
}

std::string PrintScores(const google::protobuf::Message& scores) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseShortRepeatedPrimitives(true);
  std::string text;
  printer.PrintToString(scores, &text);
  const google::protobuf::Descriptor& type = *scores.GetDescriptor();
  return absl::StrCat("# proto-file: ", type.file()->name(),
                      "\n# proto-message: ", type.name(), "\n", text);
}

absl::Status CondenseRecords(
    const std::string& list_path, const std::string& out_path,
    const std::function<absl::StatusOr<std::string>(const RecordFiles& files)>&
        condense) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string list, ReadFile(list_path));
  const std::vector<std::string> paths =
      absl::StrSplit(list, '\n', absl::SkipEmpty());
  std::vector<std::string> inputs = paths;
  inputs.push_back(list_path);
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out_path}, inputs));
  RecordFiles files;
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
    files.emplace_back(path, std::move(bytes));
  }
  ROBBENCH_ASSIGN_OR_RETURN(std::string text, condense(files));
  outputs.Add(out_path, std::move(text));
  return outputs.Commit();
}

}  // namespace robbench
