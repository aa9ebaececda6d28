#include "tools/robbench/inspect.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/table/table.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/wire_format_lite.h"
#include "nas/base/digest.h"
#include "nas/base/file_kind.h"
#include "nas/base/program.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "ntk/ntk.pb.h"
#include "ntk/proxies/proxies.pb.h"
#include "ntk/theory/theory.pb.h"
#include "tools/robbench/database.h"
#include "training/evaluation/evaluation_checks.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::google::protobuf::Message;
using Json = ::nlohmann::ordered_json;

struct RecordKind {
  absl::string_view producer;
  const Message& (*prototype)();
};

template <typename T>
const Message& Prototype() {
  return T::default_instance();
}

constexpr RecordKind kRecordKinds[] = {
    {"training:train", Prototype<TrainRecord>},
    {"training:evaluate", Prototype<EvaluationRecord>},
    {"training:evaluate_corruptions", Prototype<EvaluationRecord>},
    {"ntk:score", Prototype<NtkRecord>},
    {"ntk:score_proxies", Prototype<ProxyRecord>},
    {"ntk/theory:bound_study", Prototype<BoundStudyRecord>},
    {"ntk/theory:width_study", Prototype<WidthStudyRecord>},
    {"analysis:collect", Prototype<Table>},
    {"analysis:import_published", Prototype<Table>},
    {"analysis:correlate_ntk", Prototype<NtkStudy>},
    {"analysis/studies/predictor:study_predictors", Prototype<PredictorStudy>},
    {"analysis:statistics", Prototype<Statistics>},
    {"analysis:search", Prototype<Search>},
    {"analysis/claims:claims", Prototype<Claims>},
};

// A binary record begins with the low byte 0x0a of its tag and holds the
// producer's name where a safetensors header opens its brace.
bool LooksLikeSafetensors(absl::string_view bytes) {
  return bytes.size() > 8 && bytes[8] == '{';
}

// Reads field 1 of any record, without knowing the record's type.
bool ReadProvenance(absl::string_view bytes, Provenance* provenance) {
  using ::google::protobuf::internal::WireFormatLite;
  if (bytes.size() > std::numeric_limits<int>::max()) return false;
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t*>(bytes.data()),
      static_cast<int>(bytes.size()));
  uint32_t length;
  if (stream.ReadTag() != WireFormatLite::MakeTag(
                              1, WireFormatLite::WIRETYPE_LENGTH_DELIMITED) ||
      !stream.ReadVarint32(&length)) {
    return false;
  }
  const size_t begin = stream.CurrentPosition();
  return length <= bytes.size() - begin &&
         provenance->ParseFromArray(bytes.data() + begin,
                                    static_cast<int>(length));
}

std::string KnownProducers() {
  return absl::StrJoin(kRecordKinds, ", ",
                       [](std::string* out, const RecordKind& kind) {
                         absl::StrAppend(out, kind.producer);
                       });
}

// Returns what a reader of an evaluation looks for first.
std::string Summary(const Message& message) {
  std::string text;
  if (message.GetDescriptor() == Table::descriptor()) {
    const auto& table = static_cast<const Table&>(message);
    absl::StrAppend(&text, "# ", table.cells_size(), " cells, ",
                    table.columns_size(), " columns, ", table.runs_size(),
                    " runs; see also robbench query, top, export\n");
  }
  if (message.GetDescriptor() != EvaluationRecord::descriptor()) return text;
  const auto& record = static_cast<const EvaluationRecord&>(message);
  for (const std::string& warning : UnreliableWarnings(record)) {
    absl::StrAppend(&text, "# ", absl::CHexEscape(warning), "\n");
  }
  for (const AttackResult& attack : record.attacks()) {
    absl::StrAppendFormat(
        &text, "# %-12s %6d of %6d  %6.2f %%\n", attack.name(),
        attack.correct(), attack.total(),
        attack.total() == 0 ? 0.0 : 100.0 * attack.correct() / attack.total());
  }
  return text;
}

std::string PrintRecord(const Message& message, absl::string_view bytes,
                        const Output& output) {
  const std::string& kind = message.GetDescriptor()->name();
  if (output.format == OutputFormat::kJson) {
    Json json = {{"kind", kind}, {"file_sha256", Sha256(bytes)}};
    json.update(ToJson(message));
    return Dump(json);
  }
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  return absl::StrCat("# ", kind, ", SHA-256 ", Sha256(bytes), "\n",
                      Summary(message), text);
}

std::string PrintSafetensors(const SafetensorsFile& file,
                             const Output& output) {
  const std::string digest = Sha256(file.bytes());
  Json tensors = Json::array();
  for (const auto& [name, tensor] : file.tensors()) {
    tensors.push_back({{"name", name},
                       {"dtype", std::string(DTypeName(tensor.dtype))},
                       {"shape", tensor.shape},
                       {"bytes", tensor.data.size()}});
  }
  if (output.format == OutputFormat::kCsv) {
    return Csv({"name", "dtype", "shape", "bytes"}, tensors);
  }
  if (output.format == OutputFormat::kJson) {
    return Dump({{"kind", "safetensors"},
                 {"file_sha256", digest},
                 {"metadata", file.metadata()},
                 {"tensors", std::move(tensors)}});
  }
  std::string text = absl::StrCat("# safetensors, SHA-256 ", digest, "\n");
  for (const auto& [key, value] : file.metadata()) {
    absl::StrAppend(&text, absl::CHexEscape(key), ": ", absl::CHexEscape(value),
                    "\n");
  }
  for (const auto& [name, tensor] : file.tensors()) {
    absl::StrAppendFormat(
        &text, "%-3s %-20s %12d bytes  %s\n", DTypeName(tensor.dtype),
        absl::StrCat("[", absl::StrJoin(tensor.shape, ", "), "]"),
        tensor.data.size(), absl::CHexEscape(name));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> InspectArtifact(const std::string& path,
                                            std::string bytes,
                                            const Output& output) {
  if (LooksLikeSafetensors(bytes)) {
    ROBBENCH_ASSIGN_OR_RETURN(const SafetensorsFile file,
                              SafetensorsFile::Parse(path, std::move(bytes)));
    return PrintSafetensors(file, output);
  }
  if (LooksLikeDatabase(bytes)) return InspectDatabase(path, bytes, output);
  Provenance provenance;
  if (!ReadProvenance(bytes, &provenance)) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected a safetensors file or a record of ", KnownProducers(),
        ", found ", bytes.size(), " bytes that begin \"",
        absl::CHexEscape(absl::string_view(bytes).substr(0, 16)), "\"",
        LooksLike(bytes)));
  }
  if (output.format == OutputFormat::kCsv) {
    return UsageError(absl::StrCat(
        "inspect --format=csv: expected tensors or a database, found a record "
        "of ",
        absl::CHexEscape(provenance.producer()),
        ", which is no table; use text or json (a benchmark table: robbench "
        "export --format=csv)"));
  }
  for (const RecordKind& kind : kRecordKinds) {
    if (kind.producer != provenance.producer()) continue;
    // Another schema version is reported before the fields fail to parse.
    ROBBENCH_RETURN_IF_ERROR(CheckSchema(path, provenance));
    const std::unique_ptr<Message> message(kind.prototype().New());
    ROBBENCH_RETURN_IF_ERROR(ParseRecord(path, bytes, message.get()));
    return PrintRecord(*message, bytes, output);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": provenance.producer: expected one of ", KnownProducers(),
      ", found \"", absl::CHexEscape(provenance.producer()), "\""));
}

}  // namespace robbench
