// A new file in pages or files needs its lines here.
#include "ConsoleAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char page_layout[] = {
#embed "pages/layout.mustache" suffix(, 0)
};
static const char page_sign_in[] = {
#embed "pages/sign-in.mustache" suffix(, 0)
};
static const char page_organization[] = {
#embed "pages/organization.mustache" suffix(, 0)
};
static const char page_account[] = {
#embed "pages/account.mustache" suffix(, 0)
};
static const char page_api_keys[] = {
#embed "pages/api-keys.mustache" suffix(, 0)
};
static const char page_api_key_new[] = {
#embed "pages/api-key-new.mustache" suffix(, 0)
};
static const char page_api_key_made[] = {
#embed "pages/api-key-made.mustache" suffix(, 0)
};
static const char page_api_key_revoke[] = {
#embed "pages/api-key-revoke.mustache" suffix(, 0)
};
static const char page_webhooks[] = {
#embed "pages/webhooks.mustache" suffix(, 0)
};
static const char page_webhook[] = {
#embed "pages/webhook.mustache" suffix(, 0)
};
static const char page_webhook_state[] = {
#embed "pages/webhook-state.mustache" suffix(, 0)
};
static const char page_webhook_form[] = {
#embed "pages/webhook-form.mustache" suffix(, 0)
};
static const char page_webhook_disable[] = {
#embed "pages/webhook-disable.mustache" suffix(, 0)
};
static const char page_webhook_delete[] = {
#embed "pages/webhook-delete.mustache" suffix(, 0)
};
static const char page_webhook_rotate[] = {
#embed "pages/webhook-rotate.mustache" suffix(, 0)
};
static const char page_webhook_secret[] = {
#embed "pages/webhook-secret.mustache" suffix(, 0)
};
static const char page_webhook_deliveries[] = {
#embed "pages/webhook-deliveries.mustache" suffix(, 0)
};
static const char page_webhook_delivery[] = {
#embed "pages/webhook-delivery.mustache" suffix(, 0)
};
static const char page_audit[] = {
#embed "pages/audit.mustache" suffix(, 0)
};
static const char page_docs[] = {
#embed "pages/docs.mustache" suffix(, 0)
};
static const char page_docs_entry[] = {
#embed "pages/docs-entry.mustache" suffix(, 0)
};
static const char page_docs_operation[] = {
#embed "pages/docs-operation.mustache" suffix(, 0)
};
static const char page_docs_fields[] = {
#embed "pages/docs-fields.mustache" suffix(, 0)
};
static const char page_docs_contents[] = {
#embed "pages/docs-contents.mustache" suffix(, 0)
};
static const char page_people[] = {
#embed "pages/people.mustache" suffix(, 0)
};
static const char page_people_new[] = {
#embed "pages/people-new.mustache" suffix(, 0)
};
static const char page_people_person[] = {
#embed "pages/people-person.mustache" suffix(, 0)
};
static const char page_people_remove[] = {
#embed "pages/people-remove.mustache" suffix(, 0)
};
static const char page_invitation_made[] = {
#embed "pages/invitation-made.mustache" suffix(, 0)
};
static const char page_invitation[] = {
#embed "pages/invitation.mustache" suffix(, 0)
};
static const char page_password_fields[] = {
#embed "pages/password-fields.mustache" suffix(, 0)
};
static const char page_role_choices[] = {
#embed "pages/role-choices.mustache" suffix(, 0)
};
static const char page_message[] = {
#embed "pages/message.mustache" suffix(, 0)
};
static const char page_time[] = {
#embed "pages/time.mustache" suffix(, 0)
};
static const char file_style_css[] = {
#embed "files/style.css" suffix(, 0)
};
static const char file_copy_js[] = {
#embed "files/copy.js" suffix(, 0)
};
static const char file_icon_svg[] = {
#embed "files/icon.svg" suffix(, 0)
};

static const struct console_text templates[] = {
    {"layout", page_layout},
    {"sign-in", page_sign_in},
    {"organization", page_organization},
    {"account", page_account},
    {"api-keys", page_api_keys},
    {"api-key-new", page_api_key_new},
    {"api-key-made", page_api_key_made},
    {"api-key-revoke", page_api_key_revoke},
    {"webhooks", page_webhooks},
    {"webhook", page_webhook},
    {"webhook-state", page_webhook_state},
    {"webhook-form", page_webhook_form},
    {"webhook-disable", page_webhook_disable},
    {"webhook-delete", page_webhook_delete},
    {"webhook-rotate", page_webhook_rotate},
    {"webhook-secret", page_webhook_secret},
    {"webhook-deliveries", page_webhook_deliveries},
    {"webhook-delivery", page_webhook_delivery},
    {"audit", page_audit},
    {"docs", page_docs},
    {"docs-entry", page_docs_entry},
    {"docs-operation", page_docs_operation},
    {"docs-fields", page_docs_fields},
    {"docs-contents", page_docs_contents},
    {"people", page_people},
    {"people-new", page_people_new},
    {"people-person", page_people_person},
    {"people-remove", page_people_remove},
    {"invitation-made", page_invitation_made},
    {"invitation", page_invitation},
    {"password-fields", page_password_fields},
    {"role-choices", page_role_choices},
    {"message", page_message},
    {"time", page_time},
    {0, 0},
};

static const struct console_text files[] = {
    {"style.css", file_style_css},
    {"copy.js", file_copy_js},
    {"icon.svg", file_icon_svg},
    {0, 0},
};

const struct console_text *console_templates_list(void) { return templates; }
const struct console_text *console_files_list(void) { return files; }
