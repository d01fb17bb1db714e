#include "core/page.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "core/mustache.h"

enum language { EN, ES, FR, DE, LANGUAGE_COUNT };
static const char language_codes[LANGUAGE_COUNT][3] = {"en", "es", "fr", "de"};

/* The words of a page: name, en, es, fr, de. */
static const char *const words[][1 + LANGUAGE_COUNT] = {
    {"parcel", "Your parcel", "Su paquete", "Votre colis", "Ihr Paket"},
    {"scan", "Last scan", "Último escaneo", "Dernier scan", "Letzter Scan"},
    {"no_scan", "The carrier has not scanned it yet", "El transportista todavía no lo ha escaneado", "Le transporteur ne l’a pas encore scanné",
     "Der Paketdienst hat es noch nicht gescannt"},
    {"next", "Next update due", "Próxima novedad prevista", "Prochaine nouvelle attendue", "Nächste Meldung erwartet"},
    {"late", "It is overdue, and we are asking the carrier.", "Se retrasa, y estamos preguntando al transportista.",
     "Elle tarde, et nous nous renseignons auprès du transporteur.", "Sie ist überfällig, und wir fragen beim Paketdienst nach."},
    {"waits", "We are waiting for your answer.", "Esperamos su respuesta.", "Nous attendons votre réponse.", "Wir warten auf Ihre Antwort."},
    {"promised", "Promised for", "Prometido para", "Promis pour", "Zugesagt für"},
    {"expected", "Now expected", "Entrega estimada", "Livraison estimée", "Voraussichtlich"},
    {"number", "Tracking number", "Número de seguimiento", "Numéro de suivi", "Sendungsnummer"},
    {"carrier", "Carrier", "Transportista", "Transporteur", "Paketdienst"},
    {"order", "Order", "Pedido", "Commande", "Bestellung"},
    {"carrier_page", "See it on the carrier’s page", "Verlo en la página del transportista", "Voir la page du transporteur", "Auf der Seite des Paketdienstes ansehen"},
    {"do", "What you can do", "Qué puede hacer", "Ce que vous pouvez faire", "Was Sie tun können"},
    {"address", "Send us the right address", "Enviarnos la dirección correcta", "Nous envoyer la bonne adresse", "Uns die richtige Adresse schicken"},
    {"street", "Street and number", "Calle y número", "Numéro et rue", "Straße und Hausnummer"},
    {"more", "Apartment, floor, company", "Piso, puerta, empresa", "Appartement, étage, société", "Wohnung, Etage, Firma"},
    {"city", "City", "Localidad", "Ville", "Ort"},
    {"region", "State or region", "Provincia o estado", "Région ou État", "Bundesland oder Region"},
    {"postal", "Postal code", "Código postal", "Code postal", "Postleitzahl"},
    {"country", "Country", "País", "Pays", "Land"},
    {"note", "Anything the driver should know", "Algo que el repartidor deba saber", "Ce que le livreur devrait savoir", "Was der Fahrer wissen sollte"},
    {"day", "Ask for another day", "Pedir otro día", "Demander un autre jour", "Um einen anderen Tag bitten"},
    {"date", "Which day", "Qué día", "Quel jour", "Welcher Tag"},
    {"pickup", "Collect it at a pick-up point", "Recogerlo en un punto de recogida", "Le retirer dans un point relais", "An einem Abholpunkt abholen"},
    {"place", "Which one, or near where", "Cuál, o cerca de dónde", "Lequel, ou près d’où", "Welcher, oder in wessen Nähe"},
    {"send", "Send", "Enviar", "Envoyer", "Senden"},
    {"feedback", "How are we doing?", "¿Qué tal lo hacemos?", "Êtes-vous satisfait de nous ?", "Wie zufrieden sind Sie mit uns?"},
    {"score", "Your score, from 1 (poor) to 5 (very good)", "Su nota, de 1 (mal) a 5 (muy bien)", "Votre note, de 1 (mauvais) à 5 (très bien)",
     "Ihre Note, von 1 (schlecht) bis 5 (sehr gut)"},
    {"words", "In your words", "En sus palabras", "Avec vos mots", "In Ihren Worten"},
    {"empty", "Leave this empty", "Deje esto vacío", "Laissez ce champ vide", "Dieses Feld leer lassen"},
    {"contact", "Contact us", "Contáctenos", "Nous contacter", "Kontakt"},
    {"support", "Or reach us here:", "O aquí:", "Ou ici :", "Oder hier:"},
    {"private", "This page is only for who has its link.", "Esta página es solo para quien tiene su enlace.", "Cette page est réservée à qui en a le lien.",
     "Diese Seite ist nur für den bestimmt, der ihren Link hat."},
    {"ended", "This parcel is no longer followed here", "Este paquete ya no se sigue aquí", "Ce colis n’est plus suivi ici", "Dieses Paket wird hier nicht mehr verfolgt"},
    {"ended_more", "If something is still open, please contact us.", "Si queda algo pendiente, contáctenos, por favor.", "S’il reste une question, contactez-nous, s’il vous plaît.",
     "Wenn noch etwas offen ist, wenden Sie sich bitte an uns."},
    {"back", "Back to the page", "Volver a la página", "Retour à la page", "Zurück zur Seite"},
    {"done", "Thank you", "Gracias", "Merci", "Danke"},
    {"failed", "That did not work", "No ha funcionado", "Cela n’a pas fonctionné", "Das hat nicht geklappt"},
};

/* What was done with a form, in the order of enum form_action; then, with FORM_STORED's place empty, why it was not. */
static const char *const stored[FORM_ACTION_COUNT][LANGUAGE_COUNT] = {
    [FORM_ADDRESS] = {"We have your address. One of us looks at it and passes it on to the carrier, if the carrier still takes it.",
                      "Tenemos su dirección. Una persona la revisa y la comunica al transportista, si todavía la acepta.",
                      "Nous avons votre adresse. L’un de nous la regarde et la transmet au transporteur, s’il l’accepte encore.",
                      "Wir haben Ihre Adresse. Jemand von uns sieht sie an und gibt sie an den Paketdienst weiter, wenn er sie noch annimmt."},
    [FORM_DAY] = {"We have your wish. One of us asks the carrier for that day and writes to you what it says.",
                  "Tenemos su deseo. Una persona pide ese día al transportista y le escribe lo que responda.",
                  "Nous avons votre souhait. L’un de nous demande ce jour au transporteur et vous écrit sa réponse.",
                  "Wir haben Ihren Wunsch. Jemand von uns bittet den Paketdienst um diesen Tag und schreibt Ihnen, was er antwortet."},
    [FORM_PICKUP] = {"We have your wish. One of us asks the carrier for that pick-up point and writes to you what it says.",
                     "Tenemos su deseo. Una persona pide ese punto de recogida al transportista y le escribe lo que responda.",
                     "Nous avons votre souhait. L’un de nous demande ce point relais au transporteur et vous écrit sa réponse.",
                     "Wir haben Ihren Wunsch. Jemand von uns bittet den Paketdienst um diesen Abholpunkt und schreibt Ihnen, was er antwortet."},
    [FORM_FEEDBACK] = {"It has arrived, and one of us reads it.", "Ha llegado, y una persona lo lee.", "C’est bien arrivé, et l’un de nous le lit.",
                       "Es ist angekommen, und jemand von uns liest es."},
};
static const char *const refused[FORM_ANSWER_COUNT][LANGUAGE_COUNT] = {
    [FORM_EMPTY] = {"Something we need is empty, and nothing was stored. Please go back, fill it in and send it again.",
                    "Falta algo que necesitamos, y no se guardó nada. Vuelva, por favor, complételo y envíelo otra vez.",
                    "Il manque quelque chose, et rien n’a été enregistré. Revenez en arrière, complétez et envoyez de nouveau, s’il vous plaît.",
                    "Etwas, das wir brauchen, ist leer, und nichts wurde gespeichert. Bitte gehen Sie zurück, füllen Sie es aus und senden Sie es noch einmal."},
    [FORM_WRONG] = {"Something in it is too long or cannot be read, and nothing was stored. Please go back, shorten it and send it again.",
                    "Hay algo demasiado largo o que no se puede leer, y no se guardó nada. Vuelva, por favor, acórtelo y envíelo otra vez.",
                    "Quelque chose est trop long ou illisible, et rien n’a été enregistré. Revenez en arrière, raccourcissez et envoyez de nouveau, s’il vous plaît.",
                    "Etwas darin ist zu lang oder nicht lesbar, und nichts wurde gespeichert. Bitte gehen Sie zurück, kürzen Sie es und senden Sie es noch einmal."},
    [FORM_GONE] = {"This link is not valid, or the parcel is no longer followed. Nothing was stored: please contact the shop.",
                   "Este enlace no es válido, o el paquete ya no se sigue. No se guardó nada: contacte con la tienda, por favor.",
                   "Ce lien n’est pas valable, ou le colis n’est plus suivi. Rien n’a été enregistré : contactez la boutique, s’il vous plaît.",
                   "Dieser Link gilt nicht, oder das Paket wird nicht mehr verfolgt. Nichts wurde gespeichert: Bitte wenden Sie sich an den Shop."},
    [FORM_MANY] = {"That is a lot for one hour. What you sent before has arrived, this was not stored: please try again later, or contact us.",
                   "Es mucho para una hora. Lo que envió antes ha llegado, esto no se guardó: inténtelo más tarde, por favor, o contáctenos.",
                   "C’est beaucoup pour une heure. Vos envois précédents sont arrivés, celui-ci n’a pas été enregistré : réessayez plus tard ou contactez-nous, s’il vous plaît.",
                   "Das ist viel für eine Stunde. Was Sie vorher geschickt haben, ist angekommen, dies wurde nicht gespeichert: Bitte versuchen Sie es später, oder wenden Sie sich an uns."},
    [FORM_FAULT] = {"We could not store it just now. Please go back and send it again in a few minutes.",
                    "Ahora mismo no pudimos guardarlo. Vuelva, por favor, y envíelo otra vez en unos minutos.",
                    "Nous n’avons pas pu l’enregistrer à l’instant. Revenez en arrière et envoyez de nouveau dans quelques minutes, s’il vous plaît.",
                    "Wir konnten es gerade nicht speichern. Bitte gehen Sie zurück und senden Sie es in ein paar Minuten noch einmal."},
};

static enum language language_of(const char *code)
{
    for (int i = 0; code && i < LANGUAGE_COUNT; i++)
        if (!strcmp(language_codes[i], code))
            return (enum language)i;
    return EN;
}

static void set_text(json_t *to, const char *key, const char *text)
{
    json_object_set_new(to, key, json_string(text));
}

static void add_words(json_t *data, enum language l)
{
    json_t *t = json_object();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        set_text(t, words[i][0], words[i][1 + l]);
    json_object_set_new(data, "t", t);
}

static bool find(void *ctx, const char *name, size_t n, struct mustache_source *out)
{
    for (const struct embed_file *f = *(const struct embed_file *const *)ctx; f->name; f++)
        if (!strncmp(f->name, name, n) && !strcmp(f->name + n, ".mustache")) {
            *out = (struct mustache_source){f->name, f->data, f->size, 0};
            return true;
        }
    return false;
}

static bool render(const struct embed_file *files, const char *name, const json_t *data, struct buf *out, struct err *e)
{
    struct mustache_source text;
    struct mustache_partials partials = {&files, find};
    if (!find(partials.ctx, name, strlen(name), &text))
        return err_set(e, ERR_BUG, name, "there is no such page; tell the makers");
    struct buf page;
    buf_init(&page, 0);
    bool good = mustache_render(text.path, text.text, text.size, data, &partials, MUSTACHE_HTML, &page, e);
    if (good) {        /* escaping keeps markup out of it, this what turns and hides text */
        char *clean = xcalloc(3 * page.len + 1, 1);
        buf_add(out, clean, utf8_clean(buf_str(&page), page.len, clean, 3 * page.len + 1, UTF8_KEEP_NEWLINES));
        free(clean);
    }
    buf_finish(&page);
    return good;
}

/* What stands behind a link leads to a page, whatever an admin wrote for the carrier: a browser runs javascript: as ours. */
static void check_link(json_t *data)
{
    const char *link = json_string_value(json_object_get(data, "carrier_link"));
    if (!link || (strncmp(link, "https://", 8) != 0 && strncmp(link, "http://", 7) != 0))
        json_object_del(data, "carrier_link");
}

bool page_render(const struct embed_file *files, const char *facts, size_t size, struct buf *out, struct err *e)
{
    json_t *data = json_loadb(facts, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(data)) {
        json_decref(data);
        return err_set(e, ERR_BUG, NULL, "page_facts did not answer an object; tell the makers");
    }
    bool live = strcmp(json_is_string(json_object_get(data, "stage")) ? json_string_value(json_object_get(data, "stage")) : "", "live") == 0;
    check_link(data);
    add_words(data, language_of(json_string_value(json_object_get(data, "lang"))));
    bool good = render(files, live ? "live" : "ended", data, out, e);
    json_decref(data);
    return good;
}

bool page_answer(const struct embed_file *files, enum form_answer answer, enum form_action action, const char *facts, const char *language,
                 struct buf *out, struct err *e)
{
    json_t *data = facts ? json_loads(facts, JSON_REJECT_DUPLICATES, NULL) : json_object();
    if (!json_is_object(data)) {
        json_decref(data);
        return err_set(e, ERR_BUG, NULL, "form_add did not answer an object; tell the makers");
    }
    const char *said = json_string_value(json_object_get(data, "lang"));
    enum language l = language_of(said ? said : language);
    set_text(data, "lang", language_codes[l]);
    if (!json_object_get(data, "brand"))
        json_object_set_new(data, "brand", json_pack("{s:s, s:s, s:s}", "name", "", "color", "#1f3a5f", "ink", "#ffffff"));
    add_words(data, l);
    set_text(data, "says", answer == FORM_STORED ? stored[action][l] : refused[answer][l]);
    set_text(data, "title", json_string_value(json_object_get(json_object_get(data, "t"), answer == FORM_STORED ? "done" : "failed")));
    bool good = render(files, "answer", data, out, e);
    json_decref(data);
    return good;
}
