#include "CDashboard.h"

// Of C23, which clang knows in every dialect.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Each file as an array; the compiler reads it, and makes this anew when it has changed.
static const unsigned char index_html[] = {
#embed "files/index.html"
};
static const unsigned char icon_svg[] = {
#embed "files/icon.svg"
};
// One file for the browser: each that it must ask for delays the first picture.
static const unsigned char style_css[] = {
#embed "files/style/base.css"
,
#embed "files/style/frame.css"
,
#embed "files/style/overview.css"
,
#embed "files/style/lists.css"
,
#embed "files/style/drawer.css"
,
#embed "files/style/parts.css"
,
#embed "files/style/dialogs.css"
,
#embed "files/style/room.css"
};
static const unsigned char activity_js[] = {
#embed "files/activity.js"
};
static const unsigned char api_js[] = {
#embed "files/api.js"
};
static const unsigned char app_js[] = {
#embed "files/app.js"
};
static const unsigned char ask_js[] = {
#embed "files/ask.js"
};
static const unsigned char charts_js[] = {
#embed "files/charts.js"
};
static const unsigned char create_js[] = {
#embed "files/create.js"
};
static const unsigned char deeds_js[] = {
#embed "files/deeds.js"
};
static const unsigned char diff_js[] = {
#embed "files/diff.js"
};
static const unsigned char dom_js[] = {
#embed "files/dom.js"
};
static const unsigned char drawer_js[] = {
#embed "files/drawer.js"
};
static const unsigned char evidence_js[] = {
#embed "files/evidence.js"
};
static const unsigned char format_js[] = {
#embed "files/format.js"
};
static const unsigned char frame_js[] = {
#embed "files/frame.js"
};
static const unsigned char keys_js[] = {
#embed "files/keys.js"
};
static const unsigned char live_js[] = {
#embed "files/live.js"
};
static const unsigned char overview_js[] = {
#embed "files/overview.js"
};
static const unsigned char router_js[] = {
#embed "files/router.js"
};
static const unsigned char schedules_js[] = {
#embed "files/schedules.js"
};
static const unsigned char sessions_js[] = {
#embed "files/sessions.js"
};
static const unsigned char store_js[] = {
#embed "files/store.js"
};
static const unsigned char summary_js[] = {
#embed "files/summary.js"
};
static const unsigned char tasks_js[] = {
#embed "files/tasks.js"
};
static const unsigned char first_js[] = {
#embed "files/first.js"
};
static const unsigned char transcript_js[] = {
#embed "files/transcript.js"
};
static const unsigned char ui_js[] = {
#embed "files/ui.js"
};
static const unsigned char usage_js[] = {
#embed "files/usage.js"
};
static const unsigned char virtual_js[] = {
#embed "files/virtual.js"
};
static const unsigned char webhooks_js[] = {
#embed "files/webhooks.js"
};
static const unsigned char worktree_js[] = {
#embed "files/worktree.js"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

static const cdashboard_file files[] = {
    FILE_OF("index.html", index_html),
    FILE_OF("icon.svg", icon_svg),
    FILE_OF("style.css", style_css),
    FILE_OF("activity.js", activity_js),
    FILE_OF("api.js", api_js),
    FILE_OF("app.js", app_js),
    FILE_OF("ask.js", ask_js),
    FILE_OF("charts.js", charts_js),
    FILE_OF("create.js", create_js),
    FILE_OF("deeds.js", deeds_js),
    FILE_OF("diff.js", diff_js),
    FILE_OF("dom.js", dom_js),
    FILE_OF("drawer.js", drawer_js),
    FILE_OF("evidence.js", evidence_js),
    FILE_OF("format.js", format_js),
    FILE_OF("frame.js", frame_js),
    FILE_OF("keys.js", keys_js),
    FILE_OF("live.js", live_js),
    FILE_OF("overview.js", overview_js),
    FILE_OF("router.js", router_js),
    FILE_OF("schedules.js", schedules_js),
    FILE_OF("sessions.js", sessions_js),
    FILE_OF("store.js", store_js),
    FILE_OF("summary.js", summary_js),
    FILE_OF("tasks.js", tasks_js),
    FILE_OF("first.js", first_js),
    FILE_OF("transcript.js", transcript_js),
    FILE_OF("ui.js", ui_js),
    FILE_OF("usage.js", usage_js),
    FILE_OF("virtual.js", virtual_js),
    FILE_OF("webhooks.js", webhooks_js),
    FILE_OF("worktree.js", worktree_js),
};

size_t cdashboard_count(void) { return sizeof files / sizeof files[0]; }

const cdashboard_file *cdashboard_at(size_t place) { return place < cdashboard_count() ? &files[place] : NULL; }
