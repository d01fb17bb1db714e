/* A template's file as the JSON the database reads (template_import, template_ship). */
#ifndef CORE_TEMPLATE_JSON_H
#define CORE_TEMPLATE_JSON_H

#include "base/buf.h"
#include "core/template.h"

void template_json(const struct template_file *t, struct buf *out);

#endif
