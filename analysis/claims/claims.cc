// //analysis/claims decides the paper's claims by a table and by what was
// computed from it.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/claims/make_claims.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/read_statistics.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/studies/reproduction/reproduction.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/studies/theory/theory_check.h"
#include "analysis/text/message_json.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "ntk/theory/theory.pb.h"
#include "training/records.pb.h"

ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote (required)");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis/statistics wrote of it (required)");
ABSL_FLAG(std::string, search, "", "what //analysis/search wrote of the table");
ABSL_FLAG(std::string, ntk_study, "",
          "what //analysis/studies/ntk:correlate_ntk wrote of the table");
ABSL_FLAG(std::string, predictor_study, "",
          "what //analysis/studies/predictor:study_predictors wrote of the "
          "table");
ABSL_FLAG(std::string, bound_study, "", "what //:bound_study wrote");
ABSL_FLAG(robbench::PathList<struct ReproductionFlag>, reproduction, {},
          "a textproto ReproducedRun to hold against the table, which is the "
          "published one; once for each");
ABSL_FLAG(std::string, reproduction_dataset_spec, "",
          "the textproto that their data set was preprocessed by");
ABSL_FLAG(robbench::PathList<struct ObfuscationFlag>, obfuscation, {},
          "an evaluation of a trained network by the suite "
          "gradient_obfuscation; once for each");
ABSL_FLAG(std::string, claims_out, "", "the claims (required)");
ABSL_FLAG(std::string, json_out, "", "the claims as JSON");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Holds the paper's claims against a benchmark.

  claims --table=table.binpb --statistics=statistics.binpb \
      --claims_out=claims.binpb [--json_out=claims.json] \
      [--search=search.binpb] [--ntk_study=study.binpb] \
      [--predictor_study=study.binpb] \
      [--bound_study=bound_study.binpb] \
      [--obfuscation=run.eval.binpb [--obfuscation=...]] \
      [--reproduction=run.textproto [--reproduction=...] \
       --reproduction_dataset_spec=cifar10.textproto])";

// Reads the input files and keeps their roles and bytes for the provenance.
class Inputs {
 public:
  absl::StatusOr<std::string> Read(absl::string_view role,
                                   const std::string& path) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
    read_.emplace_back(std::string(role), bytes);
    return bytes;
  }

  template <typename T>
  absl::StatusOr<T> ReadMessage(absl::string_view role,
                                const std::string& path) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, Read(role, path));
    T record;
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, &record));
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, record.provenance()));
    return record;
  }

  Provenance Made() const {
    std::vector<std::pair<std::string, absl::string_view>> inputs(read_.begin(),
                                                                  read_.end());
    return MakeProvenance("analysis/claims:claims", /*numeric_profile=*/"",
                          inputs);
  }

 private:
  std::vector<std::pair<std::string, std::string>> read_;
};

absl::Status Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string statistics_path = absl::GetFlag(FLAGS_statistics);
  const std::string out_path = absl::GetFlag(FLAGS_claims_out);
  const std::string json_path = absl::GetFlag(FLAGS_json_out);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics", statistics_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("claims_out", out_path));
  const std::string search_path = absl::GetFlag(FLAGS_search);
  const std::string ntk_path = absl::GetFlag(FLAGS_ntk_study);
  const std::string predictor_path = absl::GetFlag(FLAGS_predictor_study);
  const std::string bound_path = absl::GetFlag(FLAGS_bound_study);
  const std::string spec_path = absl::GetFlag(FLAGS_reproduction_dataset_spec);
  const std::vector<std::string> runs = absl::GetFlag(FLAGS_reproduction).paths;
  const std::vector<std::string> evaluations =
      absl::GetFlag(FLAGS_obfuscation).paths;
  std::vector<std::string> paths = {table_path, statistics_path, search_path,
                                    ntk_path,   predictor_path,  bound_path,
                                    spec_path};
  paths.insert(paths.end(), runs.begin(), runs.end());
  paths.insert(paths.end(), evaluations.begin(), evaluations.end());
  ROBBENCH_ASSIGN_OR_RETURN(OutputFiles outputs,
                            OutputFiles::Open({out_path, json_path}, paths));
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, statistics_path));
  Inputs read;
  ROBBENCH_RETURN_IF_ERROR(read.Read("table", table_path).status());
  ROBBENCH_RETURN_IF_ERROR(read.Read("statistics", statistics_path).status());
  ClaimInputs inputs{.table = analysed.table,
                     .statistics = analysed.statistics};
  std::optional<Search> search;
  if (!search_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(search,
                              read.ReadMessage<Search>("search", search_path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        search_path, search->provenance(), table_path, analysed.table_sha256));
    inputs.search = &*search;
  }
  std::optional<NtkStudy> ntk_study;
  if (!ntk_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(
        ntk_study, read.ReadMessage<NtkStudy>("ntk_study", ntk_path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        ntk_path, ntk_study->provenance(), table_path, analysed.table_sha256));
    inputs.ntk_study = &*ntk_study;
  }
  std::optional<PredictorStudy> predictor_study;
  if (!predictor_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(
        predictor_study,
        read.ReadMessage<PredictorStudy>("predictor_study", predictor_path));
    ROBBENCH_RETURN_IF_ERROR(
        CheckPredictorStudy(predictor_path, *predictor_study));
    ROBBENCH_RETURN_IF_ERROR(
        CheckTableDigest(predictor_path, predictor_study->provenance(),
                         table_path, analysed.table_sha256));
    inputs.predictor_study = &*predictor_study;
  }
  std::optional<BoundStudyRecord> bound_study;
  if (!bound_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(bound_study, read.ReadMessage<BoundStudyRecord>(
                                               "bound_study", bound_path));
    ROBBENCH_RETURN_IF_ERROR(CheckBoundStudy(bound_path, *bound_study));
    inputs.bound_study = &*bound_study;
  }
  std::optional<Reproductions> reproductions;
  if (!runs.empty()) {
    ROBBENCH_RETURN_IF_ERROR(
        RequireFlag("reproduction_dataset_spec", spec_path));
    ROBBENCH_ASSIGN_OR_RETURN(const std::vector<OurCell> ours,
                              ReadReproduction(spec_path, runs));
    ROBBENCH_ASSIGN_OR_RETURN(const ReferenceRows rows,
                              FindPublishedRows(ours, analysed.table));
    ROBBENCH_RETURN_IF_ERROR(
        read.Read("reproduction_dataset_spec", spec_path).status());
    for (const std::string& run : runs) {
      ROBBENCH_RETURN_IF_ERROR(read.Read("reproduction", run).status());
    }
    reproductions = Judge(ours, rows);
    inputs.reproductions = &*reproductions;
  }
  std::set<std::pair<uint32_t, uint32_t>> attacked;  // by cell and seed
  for (const std::string& path : evaluations) {
    ROBBENCH_ASSIGN_OR_RETURN(
        EvaluationRecord record,
        read.ReadMessage<EvaluationRecord>("evaluation", path));
    ROBBENCH_RETURN_IF_ERROR(CheckObfuscation(
        path, record,
        inputs.obfuscation.empty() ? record : inputs.obfuscation[0]));
    if (!attacked.emplace(record.cell().index(), record.seed()).second) {
      return FieldError(
          path, "cell and seed", "each network once",
          absl::StrCat("a second record of cell ", record.cell().index(),
                       ", seed ", record.seed()));
    }
    // With --//tools:allow_missing the claims are about the runs that did not
    // fail.
    if (record.has_failed()) continue;
    inputs.obfuscation.push_back(std::move(record));
  }
  Claims claims = MakeClaims(inputs);
  *claims.mutable_provenance() = read.Made();
  outputs.Add(out_path, SerializeRecord(claims));
  if (!json_path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(std::string json, MessageJson(claims));
    outputs.Add(json_path, std::move(json));
  }
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage, robbench::Run);
}
