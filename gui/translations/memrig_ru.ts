<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
    <context>
        <name>Article</name>
        <message>
            <source>the device's own profile and its limits stay in force</source>
            <translation>действуют собственный профиль устройства и его пределы</translation>
        </message>
    </context>
    <context>
        <name>ArticleRow</name>
        <message>
            <source>Article</source>
            <translation>Статья</translation>
        </message>
    </context>
    <context>
        <name>BenchCard</name>
        <message>
            <source> (simulated)</source>
            <translation> (симуляция)</translation>
        </message>
        <message>
            <source>Bench</source>
            <translation>Стенд</translation>
        </message>
        <message>
            <source>Bench file</source>
            <translation>Файл стенда</translation>
        </message>
        <message>
            <source>Bench file …</source>
            <translation>Файл стенда …</translation>
        </message>
        <message>
            <source>Connect again</source>
            <translation>Подключить снова</translation>
        </message>
        <message>
            <source>Edit the bench</source>
            <translation>Изменить стенд</translation>
        </message>
        <message>
            <source>Edit …</source>
            <translation>Изменить …</translation>
        </message>
        <message>
            <source>Mend it and connect again, choose another bench, or edit this one.</source>
            <translation>Исправьте и подключите снова, выберите другой стенд или измените этот.</translation>
        </message>
        <message>
            <source>Model alone</source>
            <translation>Только модель</translation>
        </message>
        <message>
            <source>Simulate instead</source>
            <translation>Моделировать</translation>
        </message>
        <message>
            <source>ask the instruments again (Ctrl+Shift+C)</source>
            <translation>опросить приборы ещё раз (Ctrl+Shift+C)</translation>
        </message>
        <message>
            <source>calibrated {0}, {1}</source>
            <translation>калиброван {0}, {1}</translation>
        </message>
        <message>
            <source>connecting …</source>
            <translation>подключение …</translation>
        </message>
        <message>
            <source>find instruments, write a bench file (Ctrl+Shift+B)</source>
            <translation>найти приборы, записать файл стенда (Ctrl+Shift+B)</translation>
        </message>
        <message>
            <source>not connected</source>
            <translation>не подключён</translation>
        </message>
        <message>
            <source>the same bench with simulated instruments; every result says so</source>
            <translation>тот же стенд с моделируемыми приборами; каждый результат говорит об этом</translation>
        </message>
        <message>
            <source>today</source>
            <translation>сегодня</translation>
        </message>
        <message>
            <source>{0} days ago</source>
            <translation>{0} дн. назад</translation>
        </message>
        <message>
            <source>{0} of {0} answer</source>
            <translation>отвечают {0} из {0}</translation>
        </message>
        <message>
            <source>{0}, simulated</source>
            <translation>{0}, моделируется</translation>
        </message>
    </context>
    <context>
        <name>BenchEditor</name>
        <message>
            <source> (changed)</source>
            <translation> (изменён)</translation>
        </message>
        <message>
            <source>Bench editor – {0}{1}</source>
            <translation>Редактор стенда – {0}{1}</translation>
        </message>
        <message>
            <source>Bench file</source>
            <translation>Файл стенда</translation>
        </message>
        <message>
            <source>Check with a resistor …</source>
            <translation>Проверить резистором …</translation>
        </message>
        <message>
            <source>Circuit and ranges</source>
            <translation>Схема и диапазоны</translation>
        </message>
        <message>
            <source>Connect</source>
            <translation>Подключить</translation>
        </message>
        <message>
            <source>Generator, one channel, and oscilloscope</source>
            <translation>Генератор с одним каналом и осциллограф</translation>
        </message>
        <message>
            <source>Generator, two channels, and oscilloscope</source>
            <translation>Генератор с двумя каналами и осциллограф</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>Вид</translation>
        </message>
        <message>
            <source>Kind of bench</source>
            <translation>Вид стенда</translation>
        </message>
        <message>
            <source>Open …</source>
            <translation>Открыть …</translation>
        </message>
        <message>
            <source>Roles</source>
            <translation>Роли</translation>
        </message>
        <message>
            <source>Save as …</source>
            <translation>Сохранить как …</translation>
        </message>
        <message>
            <source>Save the bench file</source>
            <translation>Сохранить файл стенда</translation>
        </message>
        <message>
            <source>Source/measure unit, one channel</source>
            <translation>Источник-измеритель, один канал</translation>
        </message>
        <message>
            <source>Source/measure unit, two channels</source>
            <translation>Источник-измеритель, два канала</translation>
        </message>
        <message>
            <source>Wiring</source>
            <translation>Включение</translation>
        </message>
        <message>
            <source>all taken</source>
            <translation>все заняты</translation>
        </message>
        <message>
            <source>new bench</source>
            <translation>новый стенд</translation>
        </message>
        <message>
            <source>no file yet</source>
            <translation>файла ещё нет</translation>
        </message>
        <message>
            <source>valid</source>
            <translation>допустимо</translation>
        </message>
        <message>
            <source>{0} to mend</source>
            <translation>исправить: {0}</translation>
        </message>
        <message>
            <source>✕ a value is not valid; the sentence beneath its field says why</source>
            <translation>✕ одно значение неверно; почему, сказано под его полем</translation>
        </message>
    </context>
    <context>
        <name>BenchWindows</name>
        <message>
            <source>Check with a known resistor …</source>
            <translation>Проверить известным резистором …</translation>
        </message>
        <message>
            <source>Connect again</source>
            <translation>Подключить снова</translation>
        </message>
        <message>
            <source>Edit the bench …</source>
            <translation>Изменить стенд …</translation>
        </message>
        <message>
            <source>Edit the profile …</source>
            <translation>Изменить профиль …</translation>
        </message>
        <message>
            <source>Simulate the bench instead</source>
            <translation>Моделировать стенд</translation>
        </message>
        <message>
            <source>bench checked; outputs off</source>
            <translation>стенд проверен; выходы выключены</translation>
        </message>
        <message>
            <source>not now</source>
            <translation>не сейчас</translation>
        </message>
        <message>
            <source>only for a bench file, and not while something runs</source>
            <translation>только для файла стенда и не во время прогона</translation>
        </message>
    </context>
    <context>
        <name>Card</name>
        <message>
            <source>Fold {}</source>
            <translation>Свернуть: {}</translation>
        </message>
        <message>
            <source>Unfold {}</source>
            <translation>Развернуть: {}</translation>
        </message>
    </context>
    <context>
        <name>CheckWindow</name>
        <message>
            <source>Calibration</source>
            <translation>Калибровка</translation>
        </message>
        <message>
            <source>Check</source>
            <translation>Проверить</translation>
        </message>
        <message>
            <source>Check with a known resistor</source>
            <translation>Проверка известным резистором</translation>
        </message>
        <message>
            <source>Progress of the check</source>
            <translation>Ход проверки</translation>
        </message>
        <message>
            <source>Report</source>
            <translation>Отчёт</translation>
        </message>
        <message>
            <source>Resistor</source>
            <translation>Резистор</translation>
        </message>
        <message>
            <source>STOP   Ctrl+.</source>
            <translation>СТОП   Ctrl+.</translation>
        </message>
        <message>
            <source>Save the calibration</source>
            <translation>Сохранить калибровку</translation>
        </message>
        <message>
            <source>Take the device off and put the resistor in its place, between top and bottom. The outputs will be switched on: up to 1.9 V by a generator, up to the largest level of the bench by a source/measure unit.</source>
            <translation>Снимите устройство и поставьте на его место резистор, между верхним и нижним электродом. Выходы будут включены: генератор – до 1,9 В, источник-измеритель – до наибольшего уровня стенда.</translation>
        </message>
        <message>
            <source>The instruments are simulated. Where they are served by another process, serve them with the resistor (memrig twin serve --device 10kohm).</source>
            <translation>Приборы моделируются. Если их обслуживает другой процесс, запустите его с резистором (memrig twin serve --device 10kohm).</translation>
        </message>
        <message>
            <source>The instruments are simulated: the resistor is put in the device's place by itself.</source>
            <translation>Приборы моделируются: резистор ставится на место устройства сам.</translation>
        </message>
        <message>
            <source>The resistor is in place; the outputs may be switched on</source>
            <translation>Резистор на месте; выходы можно включать</translation>
        </message>
        <message>
            <source>a run is in progress</source>
            <translation>идёт прогон</translation>
        </message>
        <message>
            <source>beside the bench file; it is applied whenever that is opened</source>
            <translation>рядом с файлом стенда; применяется всякий раз, когда он открывается</translation>
        </message>
        <message>
            <source>checking …</source>
            <translation>проверка …</translation>
        </message>
        <message>
            <source>confirm that the resistor is in place</source>
            <translation>подтвердите, что резистор на месте</translation>
        </message>
        <message>
            <source>done; the outputs are off</source>
            <translation>готово; выходы выключены</translation>
        </message>
        <message>
            <source>gain or value</source>
            <translation>усиление или значение</translation>
        </message>
        <message>
            <source>no bench is connected</source>
            <translation>стенд не подключён</translation>
        </message>
        <message>
            <source>not finished</source>
            <translation>не закончена</translation>
        </message>
        <message>
            <source>not passed</source>
            <translation>не пройдена</translation>
        </message>
        <message>
            <source>offset</source>
            <translation>смещение</translation>
        </message>
        <message>
            <source>passed</source>
            <translation>пройдена</translation>
        </message>
        <message>
            <source>saved as {0}</source>
            <translation>сохранено как {0}</translation>
        </message>
        <message>
            <source>simulated instruments are checked whenever they are opened</source>
            <translation>моделируемые приборы проверяются при каждом открытии</translation>
        </message>
        <message>
            <source>the bench is being connected</source>
            <translation>стенд подключается</translation>
        </message>
        <message>
            <source>the model has no instruments; choose a bench first</source>
            <translation>у модели нет приборов; сначала выберите стенд</translation>
        </message>
        <message>
            <source>the value of the resistor is not valid</source>
            <translation>значение резистора неверно</translation>
        </message>
        <message>
            <source>what</source>
            <translation>что</translation>
        </message>
        <message>
            <source>{0} cannot be written: {1}</source>
            <translation>{0} нельзя записать: {1}</translation>
        </message>
    </context>
    <context>
        <name>Commands</name>
        <message>
            <source>&amp;Bench</source>
            <translation>&amp;Стенд</translation>
        </message>
        <message>
            <source>&amp;Device</source>
            <translation>&amp;Устройство</translation>
        </message>
        <message>
            <source>&amp;Go to</source>
            <translation>П&amp;ереход</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>Справк&amp;а</translation>
        </message>
        <message>
            <source>&amp;Run</source>
            <translation>&amp;Прогон</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>&amp;Вид</translation>
        </message>
        <message>
            <source>Commands …</source>
            <translation>Команды …</translation>
        </message>
    </context>
    <context>
        <name>Console</name>
        <message>
            <source>Console</source>
            <translation>Консоль</translation>
        </message>
        <message>
            <source>Copy all</source>
            <translation>Копировать всё</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>Журнал</translation>
        </message>
        <message>
            <source>Python</source>
            <translation>Python</translation>
        </message>
        <message>
            <source>Python of this session</source>
            <translation>Python этого сеанса</translation>
        </message>
        <message>
            <source>The program's own warnings</source>
            <translation>Собственные предупреждения программы</translation>
        </message>
        <message>
            <source>Traffic</source>
            <translation>Обмен</translation>
        </message>
        <message>
            <source>What you do, as Python; the newest stands last.</source>
            <translation>Ваши действия на Python; новейшее стоит последним.</translation>
        </message>
        <message>
            <source>nothing copied: choose a run in the list first</source>
            <translation>ничего не скопировано: сначала выберите прогон в списке</translation>
        </message>
        <message>
            <source>nothing copied: {0}</source>
            <translation>ничего не скопировано: {0}</translation>
        </message>
        <message>
            <source>one script of everything that was done</source>
            <translation>один сценарий всего, что было сделано</translation>
        </message>
        <message>
            <source>script of run {0} copied</source>
            <translation>сценарий прогона {0} скопирован</translation>
        </message>
        <message>
            <source>script of this session copied</source>
            <translation>сценарий сеанса скопирован</translation>
        </message>
        <message>
            <source>script of this set-up copied</source>
            <translation>сценарий этих настроек скопирован</translation>
        </message>
    </context>
    <context>
        <name>DailyButtons</name>
        <message>
            <source>Pulse</source>
            <translation>Импульс</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>Чтение</translation>
        </message>
        <message>
            <source>contact and conductance, at the profile's read voltage</source>
            <translation>контакт и проводимость при напряжении чтения из профиля</translation>
        </message>
        <message>
            <source>one pulse of the profile's set voltage between two reads</source>
            <translation>один импульс напряжения SET из профиля между двумя чтениями</translation>
        </message>
    </context>
    <context>
        <name>DeviceCard</name>
        <message>
            <source>1 program pulse</source>
            <translation>1 импульс записи</translation>
        </message>
        <message>
            <source>Device</source>
            <translation>Устройство</translation>
        </message>
        <message>
            <source>Device and model</source>
            <translation>Устройство и модель</translation>
        </message>
        <message>
            <source>Edit the profile …</source>
            <translation>Изменить профиль …</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>Модель</translation>
        </message>
        <message>
            <source>Model parameters ({0})</source>
            <translation>Параметры модели ({0})</translation>
        </message>
        <message>
            <source>Passport …</source>
            <translation>Паспорт …</translation>
        </message>
        <message>
            <source>device, e.g. W07 (3,4) cell 12</source>
            <translation>устройство, например W07 (3,4) ячейка 12</translation>
        </message>
        <message>
            <source>last G {0} · {1}</source>
            <translation>последнее G {0} · {1}</translation>
        </message>
        <message>
            <source>limits and levels of the device (Ctrl+Shift+P)</source>
            <translation>пределы и уровни устройства (Ctrl+Shift+P)</translation>
        </message>
        <message>
            <source>model not valid</source>
            <translation>модель недопустима</translation>
        </message>
        <message>
            <source>profile {0}: {1} to {2}, {3}</source>
            <translation>профиль {0}: от {1} до {2}, {3}</translation>
        </message>
        <message>
            <source>what the device has been through, and where it is</source>
            <translation>что пережило устройство и где оно находится</translation>
        </message>
        <message>
            <source>{0} program pulses</source>
            <translation>импульсов записи: {0}</translation>
        </message>
    </context>
    <context>
        <name>FailureLine</name>
        <message>
            <source>Copy details</source>
            <translation>Копировать подробности</translation>
        </message>
        <message>
            <source>Copy the details of the last error</source>
            <translation>Копировать подробности последней ошибки</translation>
        </message>
        <message>
            <source>Dismiss</source>
            <translation>Закрыть</translation>
        </message>
        <message>
            <source>✕ {0} · nobody foresaw this; whatever ran is stopped</source>
            <translation>✕ {0} · непредвиденная ошибка; всё, что выполнялось, остановлено</translation>
        </message>
    </context>
    <context>
        <name>Figure</name>
        <message>
            <source>Bring it back</source>
            <translation>Вернуть</translation>
        </message>
        <message>
            <source>Detach the figure, or bring it back</source>
            <translation>Отделить рисунок или вернуть его</translation>
        </message>
        <message>
            <source>Figure – {0}</source>
            <translation>Рисунок – {0}</translation>
        </message>
        <message>
            <source>Save the figure as a picture</source>
            <translation>Сохранить рисунок как изображение</translation>
        </message>
        <message>
            <source>Save the figure's data as CSV</source>
            <translation>Сохранить данные рисунка как CSV</translation>
        </message>
        <message>
            <source>The figure is in a window of its own.</source>
            <translation>Рисунок в отдельном окне.</translation>
        </message>
        <message>
            <source>data: {0}</source>
            <translation>данные: {0}</translation>
        </message>
        <message>
            <source>picture: {0}</source>
            <translation>изображение: {0}</translation>
        </message>
        <message>
            <source>the data cannot be written to {0}: {1}</source>
            <translation>данные нельзя записать в {0}: {1}</translation>
        </message>
        <message>
            <source>the picture cannot be written to {0}</source>
            <translation>изображение нельзя записать в {0}</translation>
        </message>
    </context>
    <context>
        <name>FitCard</name>
        <message>
            <source>Fit</source>
            <translation>Подгонка</translation>
        </message>
        <message>
            <source>Fit again</source>
            <translation>Подогнать снова</translation>
        </message>
        <message>
            <source>Keep as {0}</source>
            <translation>Сохранить как {0}</translation>
        </message>
        <message>
            <source>Parameters of the fit; a tick makes one free</source>
            <translation>Параметры подгонки; отмеченный — свободный</translation>
        </message>
        <message>
            <source>Report …</source>
            <translation>Отчёт …</translation>
        </message>
        <message>
            <source>Stop fit</source>
            <translation>Остановить</translation>
        </message>
        <message>
            <source>Value</source>
            <translation>Значение</translation>
        </message>
        <message numerus="yes">
            <source>converged, %n step(s)</source>
            <translation>
                <numerusform>сошлась, %n шаг</numerusform>
                <numerusform>сошлась, %n шага</numerusform>
                <numerusform>сошлась, %n шагов</numerusform>
            </translation>
        </message>
        <message>
            <source>fit to run {0}</source>
            <translation>подгонка к прогону {0}</translation>
        </message>
        <message>
            <source>fixed</source>
            <translation>закреплён</translation>
        </message>
        <message>
            <source>no fit</source>
            <translation>нет подгонки</translation>
        </message>
        <message>
            <source>none ticked: all that the run determines</source>
            <translation>ничего не отмечено: все, что определяет прогон</translation>
        </message>
        <message numerus="yes">
            <source>not converged, %n step(s)</source>
            <translation>
                <numerusform>не сошлась, %n шаг</numerusform>
                <numerusform>не сошлась, %n шага</numerusform>
                <numerusform>не сошлась, %n шагов</numerusform>
            </translation>
        </message>
        <message>
            <source>not fitted</source>
            <translation>не подогнано</translation>
        </message>
        <message>
            <source>nothing to fit yet</source>
            <translation>подгонять пока нечего</translation>
        </message>
        <message>
            <source>nrmse {0} → {1}</source>
            <translation>nrmse {0} → {1}</translation>
        </message>
        <message>
            <source>of the first point</source>
            <translation>по первой точке</translation>
        </message>
        <message>
            <source>parameters {0} kept</source>
            <translation>параметры {0} сохранены</translation>
        </message>
        <message>
            <source>parameters {0} kept in {1}</source>
            <translation>параметры {0} сохранены в {1}</translation>
        </message>
        <message>
            <source>parameters {0} laid over run {1}</source>
            <translation>параметры {0} наложены на прогон {1}</translation>
        </message>
        <message>
            <source>run {0} · {1}</source>
            <translation>прогон {0} · {1}</translation>
        </message>
        <message>
            <source>starting …</source>
            <translation>запуск …</translation>
        </message>
        <message>
            <source>step {0} · nrmse {1}</source>
            <translation>шаг {0} · nrmse {1}</translation>
        </message>
        <message>
            <source>stopped</source>
            <translation>остановлен</translation>
        </message>
        <message>
            <source>the ticked ones are fitted, all others stay</source>
            <translation>подбираются отмеченные, остальные неизменны</translation>
        </message>
        <message>
            <source>there is no run yet</source>
            <translation>прогонов пока нет</translation>
        </message>
        <message>
            <source>± 1 σ</source>
            <translation>± 1 σ</translation>
        </message>
        <message>
            <source>–</source>
            <translation>–</translation>
        </message>
        <message>
            <source>✓ free</source>
            <translation>✓ свободен</translation>
        </message>
    </context>
    <context>
        <name>FoundCard</name>
        <message>
            <source>Addresses to ask</source>
            <translation>Адреса для опроса</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>Отменить</translation>
        </message>
        <message>
            <source>Found instruments</source>
            <translation>Найденные приборы</translation>
        </message>
        <message>
            <source>Instruments</source>
            <translation>Приборы</translation>
        </message>
        <message>
            <source>No instrument answers. Type an address above and scan again, or choose “simulate” below.</source>
            <translation>Ни один прибор не отвечает. Введите адрес выше и ищите снова или выберите ниже «моделировать».</translation>
        </message>
        <message>
            <source>Press Scan, or choose “simulate” for each instrument below.</source>
            <translation>Нажмите «Искать» или выберите ниже «моделировать» для каждого прибора.</translation>
        </message>
        <message>
            <source>Scan</source>
            <translation>Искать</translation>
        </message>
        <message>
            <source>address</source>
            <translation>адрес</translation>
        </message>
        <message>
            <source>addresses to ask; all that VISA lists if empty</source>
            <translation>адреса для опроса; если пусто, все, что перечисляет VISA</translation>
        </message>
        <message>
            <source>asking …</source>
            <translation>опрос …</translation>
        </message>
        <message>
            <source>asks each address for *IDN? and sends nothing else</source>
            <translation>спрашивает по каждому адресу *IDN? и не посылает ничего другого</translation>
        </message>
        <message>
            <source>driver</source>
            <translation>драйвер</translation>
        </message>
        <message>
            <source>instrument</source>
            <translation>прибор</translation>
        </message>
        <message>
            <source>none found</source>
            <translation>не найдено</translation>
        </message>
        <message>
            <source>{0} with a driver</source>
            <translation>с драйвером: {0}</translation>
        </message>
    </context>
    <context>
        <name>GuardsCard</name>
        <message>
            <source>Guards</source>
            <translation>Контроль</translation>
        </message>
        <message>
            <source>ask: {0}</source>
            <translation>спросить: {0}</translation>
        </message>
        <message>
            <source>go on, whatever is seen</source>
            <translation>продолжать, что бы ни случилось</translation>
        </message>
        <message>
            <source>stop: {0}</source>
            <translation>остановить: {0}</translation>
        </message>
        <message>
            <source>what a run is watched for; a lost trigger and a lost link always end it</source>
            <translation>за чем следят во время прогона; потеря запуска и потеря связи заканчивают его всегда</translation>
        </message>
    </context>
    <context>
        <name>Help</name>
        <message>
            <source>About memrig</source>
            <translation>О программе memrig</translation>
        </message>
        <message>
            <source>Copy diagnostic information</source>
            <translation>Копировать сведения для диагностики</translation>
        </message>
        <message>
            <source>Help on this</source>
            <translation>Справка об этом</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>Клавиши</translation>
        </message>
        <message>
            <source>Open the log folder</source>
            <translation>Открыть папку журналов</translation>
        </message>
        <message>
            <source>diagnostic information copied</source>
            <translation>сведения для диагностики скопированы</translation>
        </message>
        <message>
            <source>log files: {0}</source>
            <translation>файлы журнала: {0}</translation>
        </message>
        <message>
            <source>{0} cannot be made: {1}</source>
            <translation>{0} нельзя создать: {1}</translation>
        </message>
    </context>
    <context>
        <name>HelpWindow</name>
        <message>
            <source>Back</source>
            <translation>Назад</translation>
        </message>
        <message>
            <source>Contents</source>
            <translation>Содержание</translation>
        </message>
        <message>
            <source>Page</source>
            <translation>Страница</translation>
        </message>
        <message>
            <source>Search the help</source>
            <translation>Поиск по справке</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>Начало</translation>
        </message>
        <message>
            <source>memrig – help</source>
            <translation>memrig – справка</translation>
        </message>
        <message>
            <source>search the help</source>
            <translation>поиск по справке</translation>
        </message>
    </context>
    <context>
        <name>LevelsView</name>
        <message>
            <source>Levels</source>
            <translation>Уровни</translation>
        </message>
        <message>
            <source>read ±{0}</source>
            <translation>чтение ±{0}</translation>
        </message>
    </context>
    <context>
        <name>LimitsCard</name>
        <message numerus="yes">
            <source>%n exceeded</source>
            <translation>
                <numerusform>превышено: %n</numerusform>
                <numerusform>превышено: %n</numerusform>
                <numerusform>превышено: %n</numerusform>
            </translation>
        </message>
        <message>
            <source>Limits</source>
            <translation>Ограничения</translation>
        </message>
        <message>
            <source>Queue · {0} points · {1}</source>
            <translation>В очередь · точек: {0} · {1}</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Запуск</translation>
        </message>
        <message>
            <source>Run · limits not confirmed</source>
            <translation>Прогон · пределы не подтверждены</translation>
        </message>
        <message>
            <source>Run · refused</source>
            <translation>Запуск · отказано</translation>
        </message>
        <message>
            <source>Run · {0} points · {1}</source>
            <translation>Запуск · точек: {0} · {1}</translation>
        </message>
        <message>
            <source>Running …</source>
            <translation>Идёт прогон …</translation>
        </message>
        <message>
            <source>Running … · next: {0}</source>
            <translation>Идёт прогон … · далее: {0}</translation>
        </message>
        <message>
            <source>Running … · queue halted</source>
            <translation>Идёт прогон … · очередь стоит</translation>
        </message>
        <message>
            <source>These limits hold</source>
            <translation>Эти пределы верны</translation>
        </message>
        <message>
            <source>a run is in progress</source>
            <translation>идёт прогон</translation>
        </message>
        <message>
            <source>confirm in the limits' card that they are those of {0}</source>
            <translation>подтвердите в карточке пределов, что они относятся к {0}</translation>
        </message>
        <message>
            <source>no bench is connected</source>
            <translation>стенд не подключён</translation>
        </message>
        <message>
            <source>refused</source>
            <translation>отказано</translation>
        </message>
        <message>
            <source>the bench is being connected</source>
            <translation>стенд подключается</translation>
        </message>
        <message>
            <source>the plan is being made</source>
            <translation>составляется план</translation>
        </message>
        <message>
            <source>within all</source>
            <translation>в пределах</translation>
        </message>
        <message>
            <source>{0} now</source>
            <translation>{0}: выполнить</translation>
        </message>
        <message>
            <source>▲ {0} is a real device. Are these its limits: {1} to {2}, {3}, with {4} or more (profile {5})?</source>
            <translation>▲ {0} – настоящее устройство. Его ли это пределы: от {1} до {2}, {3}, сопротивление от {4} (профиль {5})?</translation>
        </message>
        <message>
            <source>▲ {0} on {1}: {2} to {3} at the device and {4} at most, with {5} or more; the profile {6} allows {7} to {8} and {9}. Its plan is drawn below. Go on?</source>
            <translation>▲ {0} на {1}: на приборе от {2} до {3}, не более {4} при сопротивлении от {5}; профиль {6} допускает от {7} до {8} и {9}. План показан ниже. Продолжить?</translation>
        </message>
    </context>
    <context>
        <name>Live</name>
        <message>
            <source>OUTPUTS MAY STILL BE ON: use the instruments' keys</source>
            <translation>ВЫХОДЫ МОГУТ БЫТЬ ВКЛЮЧЕНЫ: используйте клавиши приборов</translation>
        </message>
        <message>
            <source>connecting …</source>
            <translation>подключение …</translation>
        </message>
        <message>
            <source>outputs off</source>
            <translation>выходы отключены</translation>
        </message>
        <message>
            <source>outputs off, confirmed at {0}</source>
            <translation>выходы отключены, подтверждено в {0}</translation>
        </message>
        <message>
            <source>run {0} {1}</source>
            <translation>прогон {0} {1}</translation>
        </message>
        <message>
            <source>running</source>
            <translation>идёт прогон</translation>
        </message>
        <message>
            <source>stopping … 0 V, outputs off</source>
            <translation>остановка … 0 В, выходы отключаются</translation>
        </message>
        <message>
            <source>writing run {0} to {1}</source>
            <translation>прогон {0} пишется в {1}</translation>
        </message>
    </context>
    <context>
        <name>LogTab</name>
        <message>
            <source>Current against voltage, logarithmic</source>
            <translation>Ток от напряжения, логарифмический масштаб</translation>
        </message>
        <message>
            <source>noise floor, {floor}</source>
            <translation>уровень шума, {floor}</translation>
        </message>
        <message>
            <source>voltage across the device</source>
            <translation>напряжение на устройстве</translation>
        </message>
        <message>
            <source>|current|</source>
            <translation>|ток|</translation>
        </message>
    </context>
    <context>
        <name>LoopTab</name>
        <message>
            <source>Current against voltage</source>
            <translation>Ток от напряжения</translation>
        </message>
        <message>
            <source>Residual: measured less model current</source>
            <translation>Невязка: измеренный ток минус ток модели</translation>
        </message>
        <message>
            <source>current</source>
            <translation>ток</translation>
        </message>
        <message>
            <source>residual</source>
            <translation>невязка</translation>
        </message>
        <message>
            <source>voltage across the device</source>
            <translation>напряжение на устройстве</translation>
        </message>
    </context>
    <context>
        <name>NextRunCard</name>
        <message>
            <source>Next run</source>
            <translation>Следующий прогон</translation>
        </message>
        <message>
            <source>Note and tags of the next run</source>
            <translation>Заметка и метки следующего прогона</translation>
        </message>
        <message>
            <source>Note of the next run</source>
            <translation>Заметка следующего прогона</translation>
        </message>
        <message>
            <source>Open bench {0}</source>
            <translation>Открыть стенд {0}</translation>
        </message>
        <message>
            <source>Tags of the next run</source>
            <translation>Метки следующего прогона</translation>
        </message>
        <message>
            <source>no note, no tags</source>
            <translation>без заметки и меток</translation>
        </message>
        <message>
            <source>note</source>
            <translation>заметка</translation>
        </message>
        <message>
            <source>note, saved in the run</source>
            <translation>заметка, сохраняется в прогоне</translation>
        </message>
        <message>
            <source>same seed as run {0}: {1}</source>
            <translation>то же зерно, что у прогона {0}: {1}</translation>
        </message>
        <message>
            <source>tags, e.g. forming W07</source>
            <translation>метки, например forming W07</translation>
        </message>
    </context>
    <context>
        <name>OverlapTab</name>
        <message>
            <source>&amp;Delay |Δt|</source>
            <translation>&amp;Задержка |Δt|</translation>
        </message>
        <message>
            <source>Both spikes, {0}</source>
            <translation>Оба спайка, {0}</translation>
        </message>
        <message>
            <source>Voltage at the device, {0}</source>
            <translation>Напряжение на устройстве, {0}</translation>
        </message>
        <message>
            <source>at the device</source>
            <translation>на устройстве</translation>
        </message>
        <message>
            <source>dead zone, {0}</source>
            <translation>мёртвая зона, {0}</translation>
        </message>
        <message>
            <source>plan</source>
            <translation>план</translation>
        </message>
        <message>
            <source>post</source>
            <translation>пост</translation>
        </message>
        <message>
            <source>post after pre</source>
            <translation>пост после пре</translation>
        </message>
        <message>
            <source>pre</source>
            <translation>пре</translation>
        </message>
        <message>
            <source>pre after post</source>
            <translation>пре после поста</translation>
        </message>
        <message>
            <source>spikes</source>
            <translation>спайки</translation>
        </message>
        <message>
            <source>t</source>
            <translation>t</translation>
        </message>
    </context>
    <context>
        <name>OverlayView</name>
        <message>
            <source>Captured pulse</source>
            <translation>Записанный импульс</translation>
        </message>
        <message>
            <source>Click on a point to see what is known of it.</source>
            <translation>Щёлкните по точке, чтобы узнать о ней.</translation>
        </message>
        <message>
            <source>G - pulse</source>
            <translation>G – импульсы</translation>
        </message>
        <message>
            <source>I-V</source>
            <translation>ВАХ</translation>
        </message>
        <message>
            <source>Overlap</source>
            <translation>Наложение</translation>
        </message>
        <message>
            <source>Readings</source>
            <translation>Считывания</translation>
        </message>
        <message>
            <source>STDP dG/G0</source>
            <translation>STDP dG/G0</translation>
        </message>
        <message>
            <source>STDP ΔG</source>
            <translation>STDP ΔG</translation>
        </message>
        <message>
            <source>STDP ΔW</source>
            <translation>STDP ΔW</translation>
        </message>
        <message>
            <source>Show the whole picture</source>
            <translation>Показать целиком</translation>
        </message>
        <message>
            <source>V(t), I(t)</source>
            <translation>V(t), I(t)</translation>
        </message>
        <message>
            <source>Views of the run</source>
            <translation>Виды прогона</translation>
        </message>
        <message>
            <source>log |I|</source>
            <translation>log |I|</translation>
        </message>
    </context>
    <context>
        <name>Palette</name>
        <message>
            <source>Command</source>
            <translation>Команда</translation>
        </message>
        <message>
            <source>Commands</source>
            <translation>Команды</translation>
        </message>
        <message>
            <source>Type a command</source>
            <translation>Введите команду</translation>
        </message>
    </context>
    <context>
        <name>ParameterChoice</name>
        <message>
            <source>Parameters</source>
            <translation>Параметры</translation>
        </message>
        <message>
            <source>fitted to run {0}, {1}</source>
            <translation>подогнаны к прогону {0}, {1}</translation>
        </message>
        <message>
            <source>own values</source>
            <translation>свои значения</translation>
        </message>
        <message>
            <source>published and fitted parameters of this model</source>
            <translation>опубликованные и подогнанные параметры этой модели</translation>
        </message>
        <message>
            <source>{0} · nrmse {1}</source>
            <translation>{0} · nrmse {1}</translation>
        </message>
    </context>
    <context>
        <name>ParameterForm</name>
        <message>
            <source>Advanced ({})</source>
            <translation>Дополнительно ({})</translation>
        </message>
        <message>
            <source>Preset</source>
            <translation>Набор</translation>
        </message>
        <message>
            <source>all parameters of a published figure at once</source>
            <translation>сразу все параметры опубликованного рисунка</translation>
        </message>
        <message>
            <source>defaults</source>
            <translation>по умолчанию</translation>
        </message>
    </context>
    <context>
        <name>PassportPanel</name>
        <message>
            <source>Cell</source>
            <translation>Ячейка</translation>
        </message>
        <message>
            <source>Charge</source>
            <translation>Заряд</translation>
        </message>
        <message>
            <source>Date</source>
            <translation>Дата</translation>
        </message>
        <message>
            <source>Device {0}</source>
            <translation>Устройство {0}</translation>
        </message>
        <message>
            <source>Die</source>
            <translation>Кристалл</translation>
        </message>
        <message>
            <source>Energy</source>
            <translation>Энергия</translation>
        </message>
        <message>
            <source>Formed at</source>
            <translation>Формовка</translation>
        </message>
        <message>
            <source>G after</source>
            <translation>G после</translation>
        </message>
        <message>
            <source>G before</source>
            <translation>G до</translation>
        </message>
        <message>
            <source>Highest |V|</source>
            <translation>Макс. |V|</translation>
        </message>
        <message>
            <source>Origin</source>
            <translation>Откуда</translation>
        </message>
        <message>
            <source>Passport of {0}</source>
            <translation>Паспорт {0}</translation>
        </message>
        <message>
            <source>Protocol</source>
            <translation>Протокол</translation>
        </message>
        <message>
            <source>Pulses</source>
            <translation>Импульсы</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Прогон</translation>
        </message>
        <message>
            <source>Runs of the device</source>
            <translation>Прогоны устройства</translation>
        </message>
        <message>
            <source>SIMULATED</source>
            <translation>СИМУЛЯЦИЯ</translation>
        </message>
        <message>
            <source>SIMULATED, no real device: {0}, {1}, {2}, {3}, G {4} → {5}, highest |V| {6}</source>
            <translation>СИМУЛЯЦИЯ, не настоящее устройство: {0}, {1}, {2}, {3}, G {4} → {5}, макс. |V| {6}</translation>
        </message>
        <message>
            <source>Status</source>
            <translation>Состояние</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>Температура</translation>
        </message>
        <message>
            <source>Wafer</source>
            <translation>Пластина</translation>
        </message>
        <message>
            <source>What the device has been through</source>
            <translation>Что пережило устройство</translation>
        </message>
        <message>
            <source>date, e.g. 2026-11-26</source>
            <translation>дата, например 2026-11-26</translation>
        </message>
        <message>
            <source>no run of this device is in the store; the first one begins its history</source>
            <translation>в хранилище нет прогонов этого устройства; первый начнёт его историю</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>неизвестно</translation>
        </message>
        <message>
            <source>real device</source>
            <translation>настоящее устройство</translation>
        </message>
        <message>
            <source>real device: {0}, {1}, {2}, {3}, G {4} → {5}, highest |V| {6}</source>
            <translation>настоящее устройство: {0}, {1}, {2}, {3}, G {4} → {5}, макс. |V| {6}</translation>
        </message>
        <message numerus="yes">
            <source>{0} pulse(s)</source>
            <translation>
                <numerusform>{0} импульс</numerusform>
                <numerusform>{0} импульса</numerusform>
                <numerusform>{0} импульсов</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>{0} run(s)</source>
            <translation>
                <numerusform>{0} прогон</numerusform>
                <numerusform>{0} прогона</numerusform>
                <numerusform>{0} прогонов</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ProfileEditor</name>
        <message>
            <source>As the model's own</source>
            <translation>Как у модели</translation>
        </message>
        <message>
            <source>Device profile</source>
            <translation>Профиль устройства</translation>
        </message>
        <message>
            <source>Levels</source>
            <translation>Уровни</translation>
        </message>
        <message>
            <source>Load …</source>
            <translation>Загрузить …</translation>
        </message>
        <message>
            <source>Profile</source>
            <translation>Профиль</translation>
        </message>
        <message>
            <source>Profile – {0}</source>
            <translation>Профиль – {0}</translation>
        </message>
        <message>
            <source>Save as …</source>
            <translation>Сохранить как …</translation>
        </message>
        <message>
            <source>Save the profile</source>
            <translation>Сохранить профиль</translation>
        </message>
        <message>
            <source>not valid: the profile before the change holds until this is mended</source>
            <translation>неверно: пока это не исправлено, действует профиль до изменения</translation>
        </message>
        <message>
            <source>saved as {0}</source>
            <translation>сохранено как {0}</translation>
        </message>
        <message>
            <source>valid</source>
            <translation>допустимо</translation>
        </message>
        <message>
            <source>{0} to mend</source>
            <translation>исправить: {0}</translation>
        </message>
    </context>
    <context>
        <name>ProtocolCard</name>
        <message numerus="yes">
            <source>%n not valid</source>
            <translation>
                <numerusform>недопустимо: %n</numerusform>
                <numerusform>недопустимо: %n</numerusform>
                <numerusform>недопустимо: %n</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n warning(s)</source>
            <translation>
                <numerusform>%n предупреждение</numerusform>
                <numerusform>%n предупреждения</numerusform>
                <numerusform>%n предупреждений</numerusform>
            </translation>
        </message>
        <message>
            <source>Protocol</source>
            <translation>Протокол</translation>
        </message>
        <message>
            <source>planning …</source>
            <translation>планируется …</translation>
        </message>
        <message>
            <source>valid</source>
            <translation>допустимо</translation>
        </message>
    </context>
    <context>
        <name>QuantityEdit</name>
        <message>
            <source>any</source>
            <translation>любая</translation>
        </message>
        <message>
            <source>automatic</source>
            <translation>автоматически</translation>
        </message>
    </context>
    <context>
        <name>QuestionLine</name>
        <message>
            <source>0 V at the device; stops at {0}</source>
            <translation>на устройстве 0 В; остановка в {0}</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>Продолжить</translation>
        </message>
        <message>
            <source>Let the run go on</source>
            <translation>Продолжить прогон</translation>
        </message>
        <message>
            <source>Stop the run</source>
            <translation>Остановить прогон</translation>
        </message>
        <message>
            <source>Stop the run that asks</source>
            <translation>Остановить прогон, который спрашивает</translation>
        </message>
    </context>
    <context>
        <name>QueueCard</name>
        <message>
            <source>1 waits</source>
            <translation>ждёт 1</translation>
        </message>
        <message>
            <source>Add to the queue</source>
            <translation>Добавить в очередь</translation>
        </message>
        <message>
            <source>Delete: take out; Alt+Up, Alt+Down: move; Enter: go on</source>
            <translation>Delete: убрать; Alt+Вверх, Alt+Вниз: переместить; Enter: продолжить</translation>
        </message>
        <message>
            <source>Earlier</source>
            <translation>Раньше</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>Продолжить</translation>
        </message>
        <message>
            <source>Later</source>
            <translation>Позже</translation>
        </message>
        <message>
            <source>Prepare the next run</source>
            <translation>Подготовить следующий прогон</translation>
        </message>
        <message>
            <source>Queue</source>
            <translation>Очередь</translation>
        </message>
        <message>
            <source>Runs that wait</source>
            <translation>Прогоны в очереди</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>Начать</translation>
        </message>
        <message>
            <source>Start the queue, or let it go on</source>
            <translation>Запустить или продолжить очередь</translation>
        </message>
        <message>
            <source>Take out</source>
            <translation>Убрать</translation>
        </message>
        <message>
            <source>halted</source>
            <translation>стоит</translation>
        </message>
        <message>
            <source>{0} points</source>
            <translation>точек: {0}</translation>
        </message>
        <message>
            <source>{0} wait</source>
            <translation>ждут: {0}</translation>
        </message>
        <message>
            <source>{0} · device {1} · bench {2}</source>
            <translation>{0} · устройство {1} · стенд {2}</translation>
        </message>
        <message>
            <source>▲ queue halted: {0}</source>
            <translation>▲ очередь стоит: {0}</translation>
        </message>
    </context>
    <context>
        <name>RoleRow</name>
        <message>
            <source>Address of the {0}</source>
            <translation>Адрес: {0}</translation>
        </message>
        <message>
            <source>Driver of the {0}</source>
            <translation>Драйвер: {0}</translation>
        </message>
        <message>
            <source>Generator</source>
            <translation>Генератор</translation>
        </message>
        <message>
            <source>Oscilloscope</source>
            <translation>Осциллограф</translation>
        </message>
        <message>
            <source>Source/measure unit</source>
            <translation>Источник-измеритель</translation>
        </message>
        <message>
            <source>Voltmeter</source>
            <translation>Вольтметр</translation>
        </message>
        <message>
            <source>address …</source>
            <translation>адрес …</translation>
        </message>
        <message>
            <source>choose …</source>
            <translation>выберите …</translation>
        </message>
        <message>
            <source>none</source>
            <translation>нет</translation>
        </message>
        <message>
            <source>simulate</source>
            <translation>моделировать</translation>
        </message>
    </context>
    <context>
        <name>RunDetails</name>
        <message>
            <source>Note on the chosen run</source>
            <translation>Заметка к выбранному прогону</translation>
        </message>
        <message>
            <source>Tags of the chosen run</source>
            <translation>Метки выбранного прогона</translation>
        </message>
        <message>
            <source>add a note, then Enter</source>
            <translation>добавьте заметку, затем Enter</translation>
        </message>
        <message>
            <source>tags, e.g. forming W07</source>
            <translation>метки, например forming W07</translation>
        </message>
    </context>
    <context>
        <name>RunQueue</name>
        <message>
            <source>STOP</source>
            <translation>СТОП</translation>
        </message>
        <message>
            <source>run {0} was stopped</source>
            <translation>прогон {0} остановлен</translation>
        </message>
    </context>
    <context>
        <name>RunsModel</name>
        <message>
            <source> (sim)</source>
            <translation> (сим.)</translation>
        </message>
        <message>
            <source>Device</source>
            <translation>Устр.</translation>
        </message>
        <message>
            <source>Protocol</source>
            <translation>Протокол</translation>
        </message>
        <message>
            <source>Status</source>
            <translation>Состояние</translation>
        </message>
        <message>
            <source>draw run {0}</source>
            <translation>нарисовать прогон {0}</translation>
        </message>
        <message>
            <source>nrmse</source>
            <translation>nrmse</translation>
        </message>
        <message>
            <source>tags: {0}</source>
            <translation>метки: {0}</translation>
        </message>
        <message>
            <source>{0} · {1} · {2} points</source>
            <translation>{0} · {1} · точек: {2}</translation>
        </message>
    </context>
    <context>
        <name>RunsPanel</name>
        <message>
            <source>1 run</source>
            <translation>1 прогон</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>Экспорт</translation>
        </message>
        <message>
            <source>Export the chosen run: {0}</source>
            <translation>Экспорт выбранного прогона: {0}</translation>
        </message>
        <message>
            <source>Filter of runs</source>
            <translation>Фильтр прогонов</translation>
        </message>
        <message>
            <source>No run has all these words.</source>
            <translation>Ни в одном прогоне нет всех этих слов.</translation>
        </message>
        <message>
            <source>Note on the chosen run</source>
            <translation>Заметка к выбранному прогону</translation>
        </message>
        <message>
            <source>Report of the ticked runs</source>
            <translation>Отчёт об отмеченных прогонах</translation>
        </message>
        <message>
            <source>Report …</source>
            <translation>Отчёт …</translation>
        </message>
        <message>
            <source>Restore set-up</source>
            <translation>Восстановить</translation>
        </message>
        <message>
            <source>Restore the chosen run's set-up</source>
            <translation>Восстановить настройки выбранного прогона</translation>
        </message>
        <message>
            <source>Runs</source>
            <translation>Прогоны</translation>
        </message>
        <message>
            <source>Tags of the chosen run</source>
            <translation>Метки выбранного прогона</translation>
        </message>
        <message>
            <source>filter: protocol, device, status, tag:word, date</source>
            <translation>фильтр: протокол, устройство, итог, tag:слово, дата</translation>
        </message>
        <message>
            <source>of the ticked runs, or of the chosen one</source>
            <translation>об отмеченных прогонах или о выбранном</translation>
        </message>
        <message>
            <source>words that a run must have in its id, protocol, bench, device, status, tags, notes or date; tag:word finds tags only</source>
            <translation>слова, которые есть в номере, протоколе, стенде, устройстве, итоге, метках, заметках или дате прогона; tag:слово ищет только метки</translation>
        </message>
        <message>
            <source>{0} runs</source>
            <translation>прогонов: {0}</translation>
        </message>
    </context>
    <context>
        <name>SeriesTab</name>
        <message>
            <source>&amp;Trains over each other</source>
            <translation>&amp;Наложить серии</translation>
        </message>
        <message>
            <source>Conductance against pulse number</source>
            <translation>Проводимость от номера импульса</translation>
        </message>
        <message>
            <source>Conductance, reading by reading</source>
            <translation>Проводимость по считываниям</translation>
        </message>
        <message>
            <source>Residual: measured less model conductance</source>
            <translation>Невязка: измеренная проводимость минус модель</translation>
        </message>
        <message>
            <source>conductance G</source>
            <translation>проводимость G</translation>
        </message>
        <message>
            <source>pulse number</source>
            <translation>номер импульса</translation>
        </message>
        <message>
            <source>pulse number within its train, so that amplitudes and widths can be compared</source>
            <translation>номер импульса внутри серии, чтобы сравнить амплитуды и длительности</translation>
        </message>
        <message>
            <source>pulse number within the train</source>
            <translation>номер импульса в серии</translation>
        </message>
        <message>
            <source>reading</source>
            <translation>считывание</translation>
        </message>
        <message>
            <source>residual</source>
            <translation>невязка</translation>
        </message>
        <message>
            <source>voltage at the device while reading</source>
            <translation>напряжение на устройстве при чтении</translation>
        </message>
        <message>
            <source>{what} after depressing pulses</source>
            <translation>{what} после импульсов депрессии</translation>
        </message>
        <message>
            <source>{what} after potentiating pulses</source>
            <translation>{what} после импульсов потенциации</translation>
        </message>
        <message>
            <source>±1σ of each reading</source>
            <translation>±1σ каждого считывания</translation>
        </message>
    </context>
    <context>
        <name>Session</name>
        <message>
            <source>STOP</source>
            <translation>СТОП</translation>
        </message>
        <message>
            <source>another bench is opened when the run is over</source>
            <translation>другой стенд открывается, когда прогон закончен</translation>
        </message>
        <message>
            <source>bench {0}</source>
            <translation>стенд {0}</translation>
        </message>
        <message>
            <source>example: a run on the model, made when the store was empty</source>
            <translation>пример: прогон на модели, сделан, когда хранилище было пусто</translation>
        </message>
        <message>
            <source>no bench is connected; nothing was sent</source>
            <translation>стенд не подключён; ничего не подано</translation>
        </message>
        <message>
            <source>run {0}</source>
            <translation>прогон {0}</translation>
        </message>
        <message>
            <source>{0} was queued for bench {1}, and {2} is open; nothing was sent</source>
            <translation>{0} поставлен в очередь для стенда {1}, а открыт {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0} was queued for device {1}, and {2} is named now; nothing was sent</source>
            <translation>{0} поставлен в очередь для устройства {1}, а сейчас названо {2}; ничего не подано</translation>
        </message>
    </context>
    <context>
        <name>ShotTab</name>
        <message>
            <source>&amp;Shot</source>
            <translation>&amp;Кадр</translation>
        </message>
        <message>
            <source>Current of one shot</source>
            <translation>Ток одного кадра</translation>
        </message>
        <message>
            <source>Residual of one shot</source>
            <translation>Невязка одного кадра</translation>
        </message>
        <message>
            <source>Voltage of one shot</source>
            <translation>Напряжение одного кадра</translation>
        </message>
        <message>
            <source>bottom source</source>
            <translation>нижний источник</translation>
        </message>
        <message>
            <source>current</source>
            <translation>ток</translation>
        </message>
        <message>
            <source>latest</source>
            <translation>последний</translation>
        </message>
        <message>
            <source>residual</source>
            <translation>невязка</translation>
        </message>
        <message>
            <source>t</source>
            <translation>t</translation>
        </message>
        <message>
            <source>top source</source>
            <translation>верхний источник</translation>
        </message>
        <message>
            <source>voltage</source>
            <translation>напряжение</translation>
        </message>
    </context>
    <context>
        <name>StimulusView</name>
        <message>
            <source>One stimulus in full</source>
            <translation>Одно воздействие целиком</translation>
        </message>
        <message>
            <source>SIMULATED</source>
            <translation>СИМУЛЯЦИЯ</translation>
        </message>
        <message>
            <source>Stimulus being applied</source>
            <translation>Идёт воздействие</translation>
        </message>
        <message>
            <source>Stimulus of the whole run</source>
            <translation>Воздействие всего прогона</translation>
        </message>
        <message>
            <source>Stimulus that is shown in full</source>
            <translation>Воздействие, показанное целиком</translation>
        </message>
        <message>
            <source>Stimulus to be applied</source>
            <translation>План воздействия</translation>
        </message>
        <message>
            <source>Worst case at the device, for any skew of the sources: {low} to {high}, {current}, {energy} in all</source>
            <translation>Худший случай на устройстве при любом рассогласовании источников: от {low} до {high}, {current}, всего {energy}</translation>
        </message>
        <message>
            <source>at most {e}</source>
            <translation>не более {e}</translation>
        </message>
        <message>
            <source>bottom source</source>
            <translation>нижний источник</translation>
        </message>
        <message>
            <source>device limit {v}</source>
            <translation>предел устройства {v}</translation>
        </message>
        <message>
            <source>largest read {v}</source>
            <translation>наибольшее чтение {v}</translation>
        </message>
        <message>
            <source>open circuit</source>
            <translation>без нагрузки</translation>
        </message>
        <message>
            <source>peak {v}</source>
            <translation>пик {v}</translation>
        </message>
        <message>
            <source>planned time</source>
            <translation>время по плану</translation>
        </message>
        <message>
            <source>predicted at the device</source>
            <translation>прогноз на устройстве</translation>
        </message>
        <message>
            <source>t</source>
            <translation>t</translation>
        </message>
        <message>
            <source>top source</source>
            <translation>верхний источник</translation>
        </message>
        <message>
            <source>voltage</source>
            <translation>напряжение</translation>
        </message>
        <message>
            <source>worst case {v}</source>
            <translation>худший случай {v}</translation>
        </message>
        <message>
            <source>{n} points</source>
            <translation>точек: {n}</translation>
        </message>
        <message>
            <source>{n} pulses</source>
            <translation>импульсов: {n}</translation>
        </message>
    </context>
    <context>
        <name>Stored</name>
        <message>
            <source>Export run {0}</source>
            <translation>Экспорт прогона {0}</translation>
        </message>
        <message>
            <source>a run is in progress; prepare the next one first</source>
            <translation>идёт прогон; сначала подготовьте следующий</translation>
        </message>
        <message>
            <source>exported: {0}</source>
            <translation>экспортировано: {0}</translation>
        </message>
        <message>
            <source>it was run on bench {0}; {1} is open</source>
            <translation>он выполнен на стенде {0}; открыт {1}</translation>
        </message>
        <message>
            <source>none</source>
            <translation>нет</translation>
        </message>
        <message>
            <source>not written: {0}</source>
            <translation>не записано: {0}</translation>
        </message>
        <message>
            <source>note added to run {0}</source>
            <translation>к прогону {0} добавлена заметка</translation>
        </message>
        <message>
            <source>report of run {0}</source>
            <translation>отчёт о прогоне {0}</translation>
        </message>
        <message>
            <source>report: {0}</source>
            <translation>отчёт: {0}</translation>
        </message>
        <message>
            <source>run {0} cannot be restored: {1}</source>
            <translation>прогон {0} нельзя восстановить: {1}</translation>
        </message>
        <message>
            <source>set-up of run {0} restored</source>
            <translation>настройки прогона {0} восстановлены</translation>
        </message>
        <message>
            <source>tags of run {0}: {1}</source>
            <translation>метки прогона {0}: {1}</translation>
        </message>
        <message>
            <source>writing report {0} …</source>
            <translation>пишется отчёт {0} …</translation>
        </message>
        <message>
            <source>writing reports: {0} …</source>
            <translation>пишутся отчёты: {0} …</translation>
        </message>
        <message>
            <source>writing {0} …</source>
            <translation>пишется {0} …</translation>
        </message>
        <message>
            <source>{0} exists; choose another name; nothing was written</source>
            <translation>{0} уже существует; выберите другое имя; ничего не записано</translation>
        </message>
        <message>
            <source>{0} reports: {1}</source>
            <translation>отчётов: {0}: {1}</translation>
        </message>
    </context>
    <context>
        <name>Strip</name>
        <message>
            <source>0 V, outputs off, whatever happens (Ctrl+. or Esc twice)</source>
            <translation>0 В, выходы отключены, что бы ни происходило (Ctrl+. или дважды Esc)</translation>
        </message>
        <message>
            <source>Device</source>
            <translation>Устройство</translation>
        </message>
        <message>
            <source>NO BENCH</source>
            <translation>НЕТ СТЕНДА</translation>
        </message>
        <message>
            <source>Progress of the run</source>
            <translation>Ход прогона</translation>
        </message>
        <message>
            <source>SIMULATED</source>
            <translation>СИМУЛЯЦИЯ</translation>
        </message>
        <message>
            <source>STOP</source>
            <translation>СТОП</translation>
        </message>
        <message>
            <source>STOP   Ctrl+.</source>
            <translation>СТОП   Ctrl+.</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>Остановить</translation>
        </message>
        <message>
            <source>Stopping …</source>
            <translation>Остановка …</translation>
        </message>
        <message>
            <source>limit {}</source>
            <translation>предел {}</translation>
        </message>
        <message>
            <source>no bench is connected</source>
            <translation>стенд не подключён</translation>
        </message>
        <message>
            <source>{} min left · {:%H:%M}</source>
            <translation>ещё {} мин · {:%H:%M}</translation>
        </message>
        <message>
            <source>{} s left</source>
            <translation>ещё {} с</translation>
        </message>
        <message>
            <source>▲ OUTPUT UNKNOWN</source>
            <translation>▲ ВЫХОД НЕИЗВЕСТЕН</translation>
        </message>
        <message>
            <source>▲ {:.0f} s ago</source>
            <translation>▲ {:.0f} с назад</translation>
        </message>
        <message>
            <source>○ OUTPUT OFF</source>
            <translation>○ ВЫХОД ОТКЛ.</translation>
        </message>
        <message>
            <source>● OUTPUT ON</source>
            <translation>● ВЫХОД ВКЛ.</translation>
        </message>
    </context>
    <context>
        <name>SwitchEdit</name>
        <message>
            <source>no</source>
            <translation>нет</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>да</translation>
        </message>
    </context>
    <context>
        <name>Tab</name>
        <message>
            <source>SIMULATED</source>
            <translation>СИМУЛЯЦИЯ</translation>
        </message>
        <message>
            <source>before the fit</source>
            <translation>до подгонки</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>измерено</translation>
        </message>
        <message>
            <source>measured (SIMULATED)</source>
            <translation>измерено (СИМУЛЯЦИЯ)</translation>
        </message>
        <message>
            <source>model {name}</source>
            <translation>модель {name}</translation>
        </message>
        <message>
            <source>worst {0}</source>
            <translation>худшее {0}</translation>
        </message>
        <message>
            <source>±1σ of the noise: {0}</source>
            <translation>±1σ шума: {0}</translation>
        </message>
    </context>
    <context>
        <name>TimeTab</name>
        <message>
            <source>Current against time</source>
            <translation>Ток от времени</translation>
        </message>
        <message>
            <source>Residual against time</source>
            <translation>Невязка от времени</translation>
        </message>
        <message>
            <source>Voltage against time</source>
            <translation>Напряжение от времени</translation>
        </message>
        <message>
            <source>current</source>
            <translation>ток</translation>
        </message>
        <message>
            <source>planned time</source>
            <translation>время по плану</translation>
        </message>
        <message>
            <source>residual</source>
            <translation>невязка</translation>
        </message>
        <message>
            <source>voltage</source>
            <translation>напряжение</translation>
        </message>
    </context>
    <context>
        <name>Traffic</name>
        <message>
            <source>Copy</source>
            <translation>Копировать</translation>
        </message>
        <message>
            <source>Filter of messages</source>
            <translation>Фильтр сообщений</translation>
        </message>
        <message>
            <source>Live</source>
            <translation>Сейчас</translation>
        </message>
        <message>
            <source>Of the chosen run</source>
            <translation>Выбранного прогона</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>Пауза</translation>
        </message>
        <message>
            <source>Save messages</source>
            <translation>Сохранить сообщения</translation>
        </message>
        <message>
            <source>Save …</source>
            <translation>Сохранить …</translation>
        </message>
        <message>
            <source>Text (*.txt)</source>
            <translation>Текст (*.txt)</translation>
        </message>
        <message>
            <source>Which messages</source>
            <translation>Какие сообщения</translation>
        </message>
        <message>
            <source>filter: instrument, message</source>
            <translation>фильтр: прибор, сообщение</translation>
        </message>
        <message>
            <source>messages saved: {0}</source>
            <translation>сообщения сохранены: {0}</translation>
        </message>
        <message>
            <source>no run is chosen</source>
            <translation>прогон не выбран</translation>
        </message>
        <message>
            <source>paused at {0}, {1} in all</source>
            <translation>пауза на {0}, всего {1}</translation>
        </message>
        <message>
            <source>the chosen lines, or all that are shown</source>
            <translation>выбранные строки или все показанные</translation>
        </message>
        <message>
            <source>traffic of run {0}: {1} of {2}</source>
            <translation>обмен прогона {0}: {1} из {2}</translation>
        </message>
        <message>
            <source>{0} cannot be written: {1}</source>
            <translation>{0} нельзя записать: {1}</translation>
        </message>
        <message>
            <source>{0} lines copied</source>
            <translation>скопировано строк: {0}</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} из {1}</translation>
        </message>
    </context>
    <context>
        <name>TrafficModel</name>
        <message>
            <source>Instrument</source>
            <translation>Прибор</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Сообщение</translation>
        </message>
        <message>
            <source>Time / s</source>
            <translation>Время, с</translation>
        </message>
    </context>
    <context>
        <name>Window</name>
        <message>
            <source> (not connected)</source>
            <translation> (не подключён)</translation>
        </message>
        <message>
            <source> (simulated)</source>
            <translation> (симуляция)</translation>
        </message>
        <message numerus="yes">
            <source>%n run(s) of the queue would be dropped.</source>
            <translation>
                <numerusform>Из очереди будет удалён %n прогон.</numerusform>
                <numerusform>Из очереди будут удалены %n прогона.</numerusform>
                <numerusform>Из очереди будут удалены %n прогонов.</numerusform>
            </translation>
        </message>
        <message>
            <source>A run is in progress</source>
            <translation>Идёт прогон</translation>
        </message>
        <message>
            <source>Choose the bench</source>
            <translation>Выбрать стенд</translation>
        </message>
        <message>
            <source>Choose the protocol</source>
            <translation>Выбрать протокол</translation>
        </message>
        <message>
            <source>Close the window?</source>
            <translation>Закрыть окно?</translation>
        </message>
        <message>
            <source>Console</source>
            <translation>Консоль</translation>
        </message>
        <message>
            <source>Copy as Python</source>
            <translation>Копировать как Python</translation>
        </message>
        <message>
            <source>Copy run as Python</source>
            <translation>Копировать прогон как Python</translation>
        </message>
        <message>
            <source>Ctrl+K  commands    F1  help</source>
            <translation>Ctrl+K  команды    F1  справка</translation>
        </message>
        <message>
            <source>Dark theme</source>
            <translation>Тёмная тема</translation>
        </message>
        <message>
            <source>Drop them and close</source>
            <translation>Удалить и закрыть</translation>
        </message>
        <message>
            <source>Find a run</source>
            <translation>Найти прогон</translation>
        </message>
        <message>
            <source>Fit the model to the run</source>
            <translation>Подогнать модель к прогону</translation>
        </message>
        <message>
            <source>Keep running</source>
            <translation>Продолжать прогон</translation>
        </message>
        <message>
            <source>Keep the fitted parameters</source>
            <translation>Сохранить подогнанные параметры</translation>
        </message>
        <message>
            <source>Keep the queue</source>
            <translation>Оставить очередь</translation>
        </message>
        <message>
            <source>Language: as the system</source>
            <translation>Язык: как в системе</translation>
        </message>
        <message>
            <source>Language: {0}</source>
            <translation>Язык: {0}</translation>
        </message>
        <message>
            <source>Light theme</source>
            <translation>Светлая тема</translation>
        </message>
        <message>
            <source>One pulse</source>
            <translation>Один импульс</translation>
        </message>
        <message>
            <source>Quit</source>
            <translation>Выйти</translation>
        </message>
        <message>
            <source>Read the device</source>
            <translation>Считать устройство</translation>
        </message>
        <message>
            <source>Report of the last run</source>
            <translation>Отчёт о последнем прогоне</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Запустить</translation>
        </message>
        <message>
            <source>Runs wait in the queue</source>
            <translation>В очереди ждут прогоны</translation>
        </message>
        <message>
            <source>Stop and quit</source>
            <translation>Остановить и выйти</translation>
        </message>
        <message>
            <source>Stop the fit</source>
            <translation>Остановить подгонку</translation>
        </message>
        <message>
            <source>Stop the run, switch the outputs off and quit?</source>
            <translation>Остановить прогон, отключить выходы и выйти?</translation>
        </message>
        <message>
            <source>Whole figure</source>
            <translation>Рисунок целиком</translation>
        </message>
        <message>
            <source>not now</source>
            <translation>не сейчас</translation>
        </message>
        <message>
            <source>nothing runs</source>
            <translation>ничего не выполняется</translation>
        </message>
        <message>
            <source>the language changes with the next start</source>
            <translation>язык изменится при следующем запуске</translation>
        </message>
    </context>
    <context>
        <name>WindowTab</name>
        <message>
            <source>, from {g}</source>
            <translation>, от {g}</translation>
        </message>
        <message>
            <source>, read after {t}</source>
            <translation>, чтение через {t}</translation>
        </message>
        <message>
            <source>Controls</source>
            <translation>Контроль</translation>
        </message>
        <message>
            <source>Residual: measured less model</source>
            <translation>Невязка: измерение минус модель</translation>
        </message>
        <message>
            <source>STDP window: dG/G0</source>
            <translation>Окно STDP: dG/G0</translation>
        </message>
        <message>
            <source>STDP window: ΔG</source>
            <translation>Окно STDP: ΔG</translation>
        </message>
        <message>
            <source>STDP window: ΔW by the article's formula</source>
            <translation>Окно STDP: ΔW по формуле статьи</translation>
        </message>
        <message>
            <source>controls</source>
            <translation>контроль</translation>
        </message>
        <message>
            <source>means of repeats</source>
            <translation>средние по повторам</translation>
        </message>
        <message>
            <source>post</source>
            <translation>пост</translation>
        </message>
        <message>
            <source>pre</source>
            <translation>пре</translation>
        </message>
        <message>
            <source>residual</source>
            <translation>невязка</translation>
        </message>
        <message>
            <source>rev.</source>
            <translation>обр.</translation>
        </message>
        <message>
            <source>sham</source>
            <translation>хол.</translation>
        </message>
        <message>
            <source>sham band (±3σ)</source>
            <translation>полоса холостых (±3σ)</translation>
        </message>
        <message>
            <source>{what} pairs</source>
            <translation>{what}, пары</translation>
        </message>
        <message>
            <source>Δt = t_post − t_pre</source>
            <translation>Δt = t_post − t_pre</translation>
        </message>
        <message>
            <source>Δt {dt} · {change} ± {u} · G0 {before} → G {after} · repeat {n}</source>
            <translation>Δt {dt} · {change} ± {u} · G0 {before} → G {after} · повтор {n}</translation>
        </message>
    </context>
    <context>
        <name>WiringSketch</name>
        <message>
            <source>Wiring</source>
            <translation>Включение</translation>
        </message>
        <message>
            <source>device</source>
            <translation>устройство</translation>
        </message>
        <message>
            <source>ground</source>
            <translation>земля</translation>
        </message>
    </context>
    <context>
        <name>_Table</name>
        <message>
            <source>Messages</source>
            <translation>Сообщения</translation>
        </message>
    </context>
    <context>
        <name>article</name>
        <message>
            <source>Article, Fig. 2: I-V</source>
            <translation>Статья, рис. 2: ВАХ</translation>
        </message>
        <message>
            <source>Article, Fig. 3: program and read</source>
            <translation>Статья, рис. 3: запись и чтение</translation>
        </message>
        <message>
            <source>Article, Fig. 4: potentiation and depression</source>
            <translation>Статья, рис. 4: потенциация и депрессия</translation>
        </message>
        <message>
            <source>Article, Fig. 5: STDP window</source>
            <translation>Статья, рис. 5: окно STDP</translation>
        </message>
        <message>
            <source>Article, Fig. 5: overlap of the spikes</source>
            <translation>Статья, рис. 5: наложение спайков</translation>
        </message>
        <message>
            <source>Fig. 2</source>
            <translation>Рис. 2</translation>
        </message>
        <message>
            <source>Fig. 3</source>
            <translation>Рис. 3</translation>
        </message>
        <message>
            <source>Fig. 4</source>
            <translation>Рис. 4</translation>
        </message>
        <message>
            <source>Fig. 5</source>
            <translation>Рис. 5</translation>
        </message>
    </context>
    <context>
        <name>daily</name>
        <message>
            <source>contact {0}</source>
            <translation>контакт {0}</translation>
        </message>
    </context>
    <context>
        <name>figure</name>
        <message>
            <source>clipped</source>
            <translation>срез</translation>
        </message>
        <message>
            <source>compliance</source>
            <translation>ограничение тока</translation>
        </message>
        <message>
            <source>flagged ({0}), not in the residual</source>
            <translation>с пометкой ({0}), не в невязке</translation>
        </message>
        <message>
            <source>hole</source>
            <translation>пропуск</translation>
        </message>
        <message>
            <source>invalid</source>
            <translation>недействительна</translation>
        </message>
        <message>
            <source>link lost</source>
            <translation>связь потеряна</translation>
        </message>
        <message>
            <source>not flagged</source>
            <translation>без пометки</translation>
        </message>
        <message>
            <source>out of band</source>
            <translation>вне полосы</translation>
        </message>
        <message>
            <source>overrange</source>
            <translation>перегрузка</translation>
        </message>
        <message>
            <source>residual {0}</source>
            <translation>невязка {0}</translation>
        </message>
        <message>
            <source>run {0}, reading {1}</source>
            <translation>прогон {0}, считывание {1}</translation>
        </message>
        <message>
            <source>run {0}, row {1} of its points</source>
            <translation>прогон {0}, строка {1} его точек</translation>
        </message>
        <message>
            <source>stimulus {0}, repeat {1}, block {2}, point {3}</source>
            <translation>воздействие {0}, повтор {1}, блок {2}, точка {3}</translation>
        </message>
        <message>
            <source>trigger lost</source>
            <translation>запуск потерян</translation>
        </message>
    </context>
    <context>
        <name>help</name>
        <message>
            <source>About memrig</source>
            <translation>О программе memrig</translation>
        </message>
        <message>
            <source>All runs of the store, the newest first. A tick draws a run in the figure; a double click, or Restore set-up, takes over its protocol, parameters, profile, device and model. The filter finds words of protocol, bench, note and status.

Report writes one HTML file; Copy run as Python gives the script that repeats a run to the last bit. (sim) marks what was not measured.</source>
            <translation>Все прогоны хранилища, новейшие первыми. Отметка рисует прогон на рисунке; двойной щелчок или «Восстановить» возвращает его протокол, параметры, профиль, устройство и модель. Фильтр ищет слова протокола, стенда, заметки и итога.

«Отчёт» пишет один файл HTML; «Копировать прогон как Python» даёт сценарий, который повторяет прогон до последнего бита. (сим.) отмечает то, что не измерено.</translation>
        </message>
        <message>
            <source>Bench</source>
            <translation>Стенд</translation>
        </message>
        <message>
            <source>Command line</source>
            <translation>Командная строка</translation>
        </message>
        <message>
            <source>Console</source>
            <translation>Консоль</translation>
        </message>
        <message>
            <source>Decides how many points or repetitions are planned. The instrument's memory limits their number; what does not fit is refused.</source>
            <translation>Определяет, сколько точек или повторов планируется. Их число ограничено памятью прибора; что не помещается, отклоняется.</translation>
        </message>
        <message>
            <source>Device and model</source>
            <translation>Устройство и модель</translation>
        </message>
        <message>
            <source>Dots are measured, the line is the model, the residual stands below on the same axis. Before a run the line is the model's prediction, which also sets the axes; they only grow. Hollow dots are flagged (current limit, clipped, missing) and count in no comparison.

Wheel and mouse zoom; Ctrl+0 shows the whole figure. The tabs show the same run otherwise: logarithmic, against time, single pulses.</source>
            <translation>Точки — измерение, линия — модель, невязка стоит ниже на той же оси. До прогона линия — прогноз модели, который задаёт и оси; они только растут. Полые точки с пометкой (ограничение тока, срез, пропуск) в сравнение не входят.

Колесо и мышь меняют масштаб; Ctrl+0 показывает рисунок целиком. Вкладки показывают тот же прогон иначе: в логарифмическом масштабе, от времени, отдельные импульсы.</translation>
        </message>
        <message>
            <source>Ends the run at once, from anywhere in the program: the button, Ctrl+. or Esc twice. The outputs are switched off first and asked afterwards; the strip says when the instruments have confirmed it. What was measured is kept, and the run is marked as stopped.

If the program itself dies, a guardian process switches the outputs off. From a terminal: memrig stop. If a message says that outputs may still be on, use the instruments' own keys.</source>
            <translation>Сразу прекращает прогон из любого места программы: кнопка, Ctrl+. или дважды Esc. Сначала выходы отключаются, потом запрашиваются; строка вверху сообщает, когда приборы это подтвердили. Измеренное сохраняется, прогон помечается как остановленный.

Если гибнет сама программа, выходы отключает процесс-сторож. Из терминала: memrig stop. Если сообщается, что выходы могут быть ещё включены, пользуйтесь клавишами самих приборов.</translation>
        </message>
        <message>
            <source>Esc twice is STOP, too. Up, Down and the wheel step the last digit of the field that has the keyboard.</source>
            <translation>Дважды Esc — тоже СТОП. Вверх, вниз и колесо меняют последнюю цифру в поле, где находится курсор.</translation>
        </message>
        <message>
            <source>F12 shows it below the figure. Traffic: every message to (→) and from (←) the instruments, live or of the chosen run, with the bench's time; binary blocks stand shortened. Python: what you do, as lines to copy; Copy all gives one script that runs. Log: the program's own warnings, e.g. when the window was late.

Copy as Python (Ctrl+Shift+Y) gives a script of the present set-up.</source>
            <translation>F12 показывает её под рисунком. Обмен: каждое сообщение приборам (→) и от них (←), в реальном времени или выбранного прогона, с временем стенда; двоичные блоки сокращены. Python: ваши действия строками для копирования; «Копировать всё» даёт один работающий сценарий. Журнал: собственные предупреждения программы, например о задержке окна.

«Копировать как Python» (Ctrl+Shift+Y) даёт сценарий текущих настроек.</translation>
        </message>
        <message>
            <source>Figure</source>
            <translation>Рисунок</translation>
        </message>
        <message>
            <source>Finds the parameters with which a model follows a run best. Every value has its standard uncertainty; one that has hit a bound says so. Points in the current limit do not count. A result is kept as a new version of a parameter set; none is ever overwritten.

From a terminal: memrig fit.</source>
            <translation>Находит параметры, с которыми модель лучше всего следует прогону. У каждого значения есть стандартная неопределённость; если значение упёрлось в границу, это сказано. Точки при ограничении тока не учитываются. Результат сохраняется как новая версия набора параметров; ни одна не перезаписывается.

Из терминала: memrig fit.</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>Подгонка</translation>
        </message>
        <message>
            <source>From top to bottom at the left: the bench, the device with its model, the protocol, the limits, Run. In the middle what happens, at the right what was found.

F1 on a field opens its line; Shift+F1 shows it in place. Ctrl+K finds every command by its name.</source>
            <translation>Слева сверху вниз: стенд, устройство с моделью, протокол, ограничения, запуск. В середине — что происходит, справа — что найдено.

F1 на поле открывает его строку; Shift+F1 показывает её на месте. Ctrl+K находит любую команду по названию.</translation>
        </message>
        <message>
            <source>Guards</source>
            <translation>Контроль</translation>
        </message>
        <message>
            <source>Hardware-in-the-loop control of memristor synapses. Free software under the MIT licence.</source>
            <translation>Программно-аппаратное управление мемристорными синапсами. Свободная программа под лицензией MIT.</translation>
        </message>
        <message>
            <source>How much the plan uses of what the device may get, in the worst case: one channel late or missing, overshoot, level error. Limits never clip: a plan that exceeds one is refused as a whole, and nothing is sent.

Limits come from the profile of the device. Every plan is checked again just before it is applied.</source>
            <translation>Сколько из допустимого для устройства использует план в худшем случае: один канал опоздал или отсутствует, выброс, ошибка уровня. Ограничения никогда не срезают: план, который их превышает, отклоняется целиком, и ничего не подаётся.

Пределы берутся из профиля устройства. Каждый план проверяется ещё раз непосредственно перед подачей.</translation>
        </message>
        <message>
            <source>Instruments</source>
            <translation>Приборы</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>Клавиши</translation>
        </message>
        <message>
            <source>Limits</source>
            <translation>Ограничения</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>Модели</translation>
        </message>
        <message>
            <source>Not sent by itself: it decides which stimuli are planned, and the plan shows them.</source>
            <translation>Само не передаётся: определяет, какие воздействия планируются; план их показывает.</translation>
        </message>
        <message>
            <source>Not sent by itself; it decides when the protocol has reached its aim.</source>
            <translation>Само не передаётся; определяет, когда протокол достиг цели.</translation>
        </message>
        <message>
            <source>Nothing is sent: the model computes with exactly this value.</source>
            <translation>Ничего не передаётся: модель считает точно с этим значением.</translation>
        </message>
        <message>
            <source>Parameters</source>
            <translation>Параметры</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>Наборы</translation>
        </message>
        <message>
            <source>Protocol</source>
            <translation>Протокол</translation>
        </message>
        <message>
            <source>Protocols</source>
            <translation>Протоколы</translation>
        </message>
        <message>
            <source>Queue</source>
            <translation>Очередь</translation>
        </message>
        <message>
            <source>Reference</source>
            <translation>Справочник</translation>
        </message>
        <message>
            <source>Run applies the plan that is drawn below the figure: what is drawn is what is sent, and its hash is stored. Where Run is disabled, its tool tip says why.

Read and Pulse are orange because they touch the device, with the profile's own levels, whatever the form holds; on a real device they first show what they would do. Every run is stored from its first record on; there is no Save.

During a run the set-up can be read, but not changed.</source>
            <translation>Запуск подаёт план, нарисованный под рисунком: что нарисовано, то и передаётся, и его хеш сохраняется. Почему запуск недоступен, говорит его подсказка.

Чтение и Импульс оранжевые, потому что касаются устройства, с уровнями самого профиля, что бы ни стояло в форме; на настоящем устройстве они сначала показывают, что сделают. Каждый прогон сохраняется с первой записи; кнопки «Сохранить» нет.

Во время прогона настройки можно читать, но не менять.</translation>
        </message>
        <message>
            <source>Run, Read, Pulse</source>
            <translation>Запуск, Чтение, Импульс</translation>
        </message>
        <message>
            <source>Runs</source>
            <translation>Прогоны</translation>
        </message>
        <message>
            <source>Runs that wait for their turn, each with the set-up that it was queued with. STOP ends the run and holds the queue. Every run is planned and checked again when its turn comes.</source>
            <translation>Прогоны, которые ждут очереди, каждый с настройками, с которыми поставлен. СТОП прекращает прогон и задерживает очередь. Каждый прогон планируется и проверяется снова, когда подходит его черёд.</translation>
        </message>
        <message>
            <source>STOP</source>
            <translation>СТОП</translation>
        </message>
        <message>
            <source>Sent as a level in volts. The instrument rounds it to its step; beyond a limit it is refused, never clipped.</source>
            <translation>Передаётся как уровень в вольтах. Прибор округляет его до своего шага; за пределом он отклоняется и никогда не срезается.</translation>
        </message>
        <message>
            <source>Sent as the level of a waveform or of an output, in volts at the open source; a relative level is multiplied with the profile's value first. The instrument rounds it to its step, and its range is chosen for the largest level; a level beyond a limit is refused, never clipped.</source>
            <translation>Передаётся как уровень сигнала или выхода, в вольтах без нагрузки; относительный уровень сначала умножается на значение из профиля. Прибор округляет его до своего шага, а его диапазон выбирается по наибольшему уровню; уровень за пределом отклоняется и никогда не срезается.</translation>
        </message>
        <message>
            <source>Sent as the limit of the current where the instrument has one, and read back: the instrument may round it to a value of its range. Points at the limit are flagged. Without such an instrument the series resistance limits.</source>
            <translation>Передаётся как ограничение тока, если оно у прибора есть, и считывается обратно: прибор может округлить его до значения своего диапазона. Точки на ограничении помечаются. Без такого прибора ток ограничивает последовательное сопротивление.</translation>
        </message>
        <message>
            <source>Sent as the slope of a waveform, which the instrument plays in steps of its grid.</source>
            <translation>Передаётся как наклон сигнала, который прибор воспроизводит шагами своей сетки.</translation>
        </message>
        <message>
            <source>Sent as times of a waveform or of a list. The instrument's clock rounds them to its grid; the plan shows the rounded time and says where an edge has moved. What is shorter than the instrument can do is refused.</source>
            <translation>Передаётся как времена сигнала или списка. Тактовый генератор прибора округляет их до своей сетки; план показывает округлённое время и говорит, где сдвинулся фронт. Что короче возможного для прибора, отклоняется.</translation>
        </message>
        <message>
            <source>Source: {0}</source>
            <translation>Источник: {0}</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>Начало</translation>
        </message>
        <message>
            <source>Stimulus</source>
            <translation>Воздействие</translation>
        </message>
        <message>
            <source>The experiment and its parameters. Quantities are typed as people write them: 250u, 0.25 mA and 2.5e-4 are the same current. Levels may be relative to the profile: 1.1 v_set; the volts stand beside them in grey.

A preset fills in all parameters of a published figure. What is wrong is said beneath its field. F1 on a field tells what it means and what the instrument makes of it.</source>
            <translation>Эксперимент и его параметры. Величины вводятся так, как их пишут: 250u, 0.25 mA и 2.5e-4 — один и тот же ток. Уровни могут быть относительными: 1.1 v_set; вольты стоят рядом серым.

Набор задаёт все параметры опубликованного рисунка. Об ошибке сказано под её полем. F1 на поле рассказывает, что оно значит и что из него делает прибор.</translation>
        </message>
        <message>
            <source>The name of the device goes into every run; its passport (pulses, charge, last conductance) is kept by this name. The profile says what the device allows: voltages, current, energy, pulses.

The model is drawn over the measurement as a line. Its parameters are unfolded below; the prediction follows while they are edited. On the bench 'model' it is the device itself.</source>
            <translation>Имя устройства входит в каждый прогон; его паспорт (импульсы, заряд, последняя проводимость) ведётся под этим именем. Профиль говорит, что устройство допускает: напряжения, ток, энергию, импульсы.

Модель рисуется линией поверх измерения. Её параметры раскрываются ниже; прогноз следует за их изменением. На стенде «model» она и есть устройство.</translation>
        </message>
        <message>
            <source>The window</source>
            <translation>Окно</translation>
        </message>
        <message>
            <source>What a run is watched for while it goes on. Each guard lets it go on with its points flagged, stops it at once, or asks when the stimulus has ended: the device is at 0 V then, and the run stops by itself where nobody answers.

A lost trigger and a lost link always end the run. What a guard saw is stored with the run and stands in its report.</source>
            <translation>За чем следят во время прогона. Каждый контроль либо продолжает его, отметив точки, либо сразу останавливает, либо спрашивает, когда воздействие закончено: тогда на устройстве 0 В, и без ответа прогон останавливается сам.

Потеря запуска и потеря связи заканчивают прогон всегда. Что увидел контроль, хранится вместе с прогоном и стоит в его отчёте.</translation>
        </message>
        <message>
            <source>What will be, is being, or was applied, as the instruments will play it: rounded to their grid in time and level. The red bands are beyond the device's limits. During a run a cursor walks along it.</source>
            <translation>Что будет, подаётся или подано, как это воспроизведут приборы: с округлением до их сетки по времени и уровню. Красные полосы — за пределами устройства. Во время прогона по воздействию идёт курсор.</translation>
        </message>
        <message>
            <source>Where the protocol is applied: the model alone, a ready-made twin (simulated instruments that speak the real ones' commands), or a bench file with the addresses of real instruments.

The card says which instruments answer, and when the bench was calibrated. An instrument that does not answer is named with what to check; nothing is energised by connecting. A purple SIMULATED stands above as soon as anything is not real.

A new bench file: memrig bench template. Its wiring and calibration: memrig bench check.</source>
            <translation>Где выполняется протокол: только модель, готовый двойник (имитация приборов, понимающая команды настоящих) или файл стенда с адресами настоящих приборов.

Карточка говорит, какие приборы отвечают и когда стенд калиброван. О приборе, который не отвечает, сказано, что проверить; подключение ничего не включает. Фиолетовая СИМУЛЯЦИЯ стоит вверху, как только хоть что-то ненастоящее.

Новый файл стенда: memrig bench template. Его схема и калибровка: memrig bench check.</translation>
        </message>
        <message>
            <source>allowed</source>
            <translation>допустимо</translation>
        </message>
        <message>
            <source>command line</source>
            <translation>командная строка</translation>
        </message>
        <message>
            <source>default</source>
            <translation>по умолчанию</translation>
        </message>
        <message>
            <source>does</source>
            <translation>действие</translation>
        </message>
        <message>
            <source>key</source>
            <translation>клавиша</translation>
        </message>
        <message>
            <source>meaning</source>
            <translation>значение</translation>
        </message>
        <message>
            <source>memrig puts a memristor on a bench</source>
            <translation>memrig ставит мемристор на стенд</translation>
        </message>
        <message>
            <source>preset</source>
            <translation>набор</translation>
        </message>
        <message>
            <source>unit</source>
            <translation>единица</translation>
        </message>
    </context>
    <context>
        <name>limits</name>
        <message>
            <source>charge</source>
            <translation>заряд</translation>
        </message>
        <message>
            <source>current</source>
            <translation>ток</translation>
        </message>
        <message>
            <source>energy</source>
            <translation>энергия</translation>
        </message>
        <message>
            <source>energy of the run</source>
            <translation>энергия опыта</translation>
        </message>
        <message>
            <source>highest voltage</source>
            <translation>V макс.</translation>
        </message>
        <message>
            <source>lowest current</source>
            <translation>наименьший ток</translation>
        </message>
        <message>
            <source>lowest voltage</source>
            <translation>V мин.</translation>
        </message>
        <message>
            <source>program pulses</source>
            <translation>импульсы</translation>
        </message>
        <message>
            <source>read voltage</source>
            <translation>V чтения</translation>
        </message>
        <message>
            <source>slew</source>
            <translation>скорость нарастания</translation>
        </message>
        <message>
            <source>{0} of {1}</source>
            <translation>{0} из {1}</translation>
        </message>
    </context>
    <context>
        <name>parameters</name>
        <message>
            <source>-1 connects the device the other way round</source>
            <translation>−1 — устройство включено наоборот</translation>
        </message>
        <message>
            <source>1 - x_n is the state below which decay slows down</source>
            <translation>1 − x_n — состояние, ниже которого спад замедляется</translation>
        </message>
        <message>
            <source>A n</source>
            <translation>A n</translation>
        </message>
        <message>
            <source>A off</source>
            <translation>A off</translation>
        </message>
        <message>
            <source>A on</source>
            <translation>A on</translation>
        </message>
        <message>
            <source>A p</source>
            <translation>A p</translation>
        </message>
        <message>
            <source>A0</source>
            <translation>A0</translation>
        </message>
        <message>
            <source>A0 m</source>
            <translation>A0 m</translation>
        </message>
        <message>
            <source>A1</source>
            <translation>A1</translation>
        </message>
        <message>
            <source>A2</source>
            <translation>A2</translation>
        </message>
        <message>
            <source>A_n, speed downwards, ohm/s (square: 1/(ohm s))</source>
            <translation>A_n, скорость вниз, Ом/с (квадратичная: 1/(Ом·с))</translation>
        </message>
        <message>
            <source>A_p, speed upwards, ohm/s (square: 1/(ohm s))</source>
            <translation>A_p, скорость вверх, Ом/с (квадратичная: 1/(Ом·с))</translation>
        </message>
        <message>
            <source>Amplitude</source>
            <translation>Амплитуда</translation>
        </message>
        <message>
            <source>Amplitude reset</source>
            <translation>Амплитуда RESET</translation>
        </message>
        <message>
            <source>Amplitude set</source>
            <translation>Амплитуда SET</translation>
        </message>
        <message>
            <source>Approach</source>
            <translation>Подход</translation>
        </message>
        <message>
            <source>Area</source>
            <translation>Площадь</translation>
        </message>
        <message>
            <source>Au/Zr/ZrO2(Y)/TiN/Ti: w is the fraction of the area that filaments cover.

A negative voltage potentiates. The rate does not depend on the state, so explicit Euler is
exact on rectangular pulses and the closed form per segment is exact on ramps. Valid for
voltages up to 2 V and about 250 to 400 K.</source>
            <translation>Au/Zr/ZrO2(Y)/TiN/Ti: w — доля площади, занятая филаментами.

Отрицательное напряжение потенцирует. Скорость не зависит от состояния, поэтому явный метод Эйлера точен на прямоугольных импульсах, а замкнутая формула по отрезкам точна на линейных участках. Годится для напряжений до 2 В и примерно от 250 до 400 K.</translation>
        </message>
        <message>
            <source>B</source>
            <translation>B</translation>
        </message>
        <message>
            <source>B n</source>
            <translation>B n</translation>
        </message>
        <message>
            <source>B p</source>
            <translation>B p</translation>
        </message>
        <message>
            <source>B2</source>
            <translation>B2</translation>
        </message>
        <message>
            <source>Beta</source>
            <translation>β</translation>
        </message>
        <message>
            <source>Beta f</source>
            <translation>β f</translation>
        </message>
        <message>
            <source>Beta r</source>
            <translation>β r</translation>
        </message>
        <message>
            <source>Between its thresholds the state does not move at all; a positive voltage raises R.

The default is the widely used set slowed down 50,000 times, so that pulses last microseconds.
Some sets switch within less than a nanosecond: there every event is one jump.</source>
            <translation>Между порогами состояние не движется вовсе; положительное напряжение повышает R.

По умолчанию взят распространённый набор, замедленный в 50 000 раз, чтобы импульсы длились микросекунды. Некоторые наборы переключаются быстрее наносекунды: там каждое событие — один скачок.</translation>
        </message>
        <message>
            <source>Boltzmann</source>
            <translation>Больцман</translation>
        </message>
        <message>
            <source>Boltzmann constant</source>
            <translation>постоянная Больцмана</translation>
        </message>
        <message>
            <source>Boltzmann constant as in the source</source>
            <translation>постоянная Больцмана, как в источнике</translation>
        </message>
        <message>
            <source>C1</source>
            <translation>C1</translation>
        </message>
        <message>
            <source>Capacitance at bottom</source>
            <translation>Ёмкость снизу</translation>
        </message>
        <message>
            <source>Capacitance at far</source>
            <translation>Ёмкость у второго</translation>
        </message>
        <message>
            <source>Capacitance at top</source>
            <translation>Ёмкость сверху</translation>
        </message>
        <message>
            <source>Capacitance of device</source>
            <translation>Ёмкость устройства</translation>
        </message>
        <message>
            <source>Change of conductance against the delay between a pre- and a postsynaptic spike (Fig. 5).

dt = t_post - t_pre. The presynaptic spike enters at one electrode, the postsynaptic one at
the other, so that the device sees their difference; by default they are wired so that dt &gt; 0
potentiates. Before every point the device is brought to the same conductance. Controls (no
spikes, one spike, both reversed) are interleaved at random and give the detection limit.</source>
            <translation>Изменение проводимости от задержки между пре- и постсинаптическим спайком (рис. 5).

dt = t_post - t_pre. Пресинаптический спайк подаётся на один электрод, постсинаптический на другой, так что устройство видит их разность; по умолчанию включение таково, что dt &gt; 0 потенцирует. Перед каждой точкой устройство приводится к одной и той же проводимости. Контроль (без спайков, с одним спайком, с обоими обратными) перемежается случайно и даёт предел обнаружения.</translation>
        </message>
        <message>
            <source>Charge</source>
            <translation>Заряд</translation>
        </message>
        <message>
            <source>Charge max</source>
            <translation>Заряд, наиб.</translation>
        </message>
        <message>
            <source>Clipped</source>
            <translation>Перегрузка входа</translation>
        </message>
        <message>
            <source>Compliance</source>
            <translation>Огранич. тока</translation>
        </message>
        <message>
            <source>Conductance</source>
            <translation>Проводимость</translation>
        </message>
        <message>
            <source>Count</source>
            <translation>Число</translation>
        </message>
        <message>
            <source>Current-voltage sweep</source>
            <translation>Вольт-амперная характеристика</translation>
        </message>
        <message>
            <source>Cycles</source>
            <translation>Циклы</translation>
        </message>
        <message>
            <source>Decay</source>
            <translation>Спад</translation>
        </message>
        <message>
            <source>Delta</source>
            <translation>δ</translation>
        </message>
        <message>
            <source>Drift</source>
            <translation>Дрейф</translation>
        </message>
        <message>
            <source>Ea</source>
            <translation>Ea</translation>
        </message>
        <message>
            <source>Energy max</source>
            <translation>Энергия, наиб.</translation>
        </message>
        <message>
            <source>Energy run max</source>
            <translation>Энергия опыта, наиб.</translation>
        </message>
        <message>
            <source>Eta1</source>
            <translation>η1</translation>
        </message>
        <message>
            <source>Eta2</source>
            <translation>η2</translation>
        </message>
        <message>
            <source>Eta3</source>
            <translation>η3</translation>
        </message>
        <message>
            <source>F min V per m</source>
            <translation>F мин., В/м</translation>
        </message>
        <message>
            <source>F off</source>
            <translation>F off</translation>
        </message>
        <message>
            <source>F on</source>
            <translation>F on</translation>
        </message>
        <message>
            <source>First</source>
            <translation>Первая</translation>
        </message>
        <message>
            <source>Full scale</source>
            <translation>Полная шкала</translation>
        </message>
        <message>
            <source>G max m</source>
            <translation>G макс., м</translation>
        </message>
        <message>
            <source>G min m</source>
            <translation>G мин., м</translation>
        </message>
        <message>
            <source>G1</source>
            <translation>G1</translation>
        </message>
        <message>
            <source>G1 m</source>
            <translation>G1 m</translation>
        </message>
        <message>
            <source>G2</source>
            <translation>G2</translation>
        </message>
        <message>
            <source>Gamma</source>
            <translation>γ</translation>
        </message>
        <message>
            <source>Gamma0</source>
            <translation>γ0</translation>
        </message>
        <message>
            <source>Gap</source>
            <translation>Пауза до чтения</translation>
        </message>
        <message>
            <source>Generator with one channel and an oscilloscope, series resistor of 1 kilohm to ground</source>
            <translation>Генератор с одним каналом и осциллограф, последовательный резистор 1 кОм на землю</translation>
        </message>
        <message>
            <source>Generator with two channels and an oscilloscope around a series resistor of 1 kilohm</source>
            <translation>Генератор с двумя каналами и осциллограф на последовательном резисторе 1 кОм</translation>
        </message>
        <message>
            <source>G₀ m</source>
            <translation>G₀ m</translation>
        </message>
        <message>
            <source>H1</source>
            <translation>H1</translation>
        </message>
        <message>
            <source>H2</source>
            <translation>H2</translation>
        </message>
        <message>
            <source>I max</source>
            <translation>I наиб.</translation>
        </message>
        <message>
            <source>I min</source>
            <translation>I наим.</translation>
        </message>
        <message>
            <source>I off</source>
            <translation>I off</translation>
        </message>
        <message>
            <source>I on</source>
            <translation>I on</translation>
        </message>
        <message>
            <source>I0</source>
            <translation>I0</translation>
        </message>
        <message>
            <source>Input resistance</source>
            <translation>Входное сопр.</translation>
        </message>
        <message>
            <source>J</source>
            <translation>J</translation>
        </message>
        <message>
            <source>K n</source>
            <translation>K n</translation>
        </message>
        <message>
            <source>K off</source>
            <translation>K off</translation>
        </message>
        <message>
            <source>K on</source>
            <translation>K on</translation>
        </message>
        <message>
            <source>K p</source>
            <translation>K p</translation>
        </message>
        <message>
            <source>Level</source>
            <translation>Уровень</translation>
        </message>
        <message>
            <source>Limit</source>
            <translation>Предел</translation>
        </message>
        <message>
            <source>Linear drift: x is the part of the film that is doped.

A test bench of the theory: it has no threshold, so that every read moves it, and with a
symmetric window (all but ``biolek`` and ``zha``) it remembers all past charge even at a bound,
where a state that is rounded to 0 or 1 never leaves again. Not for repeated saturating pulses.</source>
            <translation>Линейный дрейф: x — легированная доля плёнки.

Испытательный стенд теории: порога нет, поэтому каждое чтение сдвигает состояние, а с симметричным окном (все, кроме ``biolek`` и ``zha``) она помнит весь прошлый заряд даже у границы, откуда состояние, округлённое до 0 или 1, уже не уходит. Не для повторных насыщающих импульсов.</translation>
        </message>
        <message>
            <source>Lm</source>
            <translation>Lm</translation>
        </message>
        <message>
            <source>Loops</source>
            <translation>Петли</translation>
        </message>
        <message>
            <source>Mobility</source>
            <translation>Подвижность</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>Имя</translation>
        </message>
        <message>
            <source>Nu0 m per s</source>
            <translation>ν0, м/с</translation>
        </message>
        <message>
            <source>On failure</source>
            <translation>При неудаче</translation>
        </message>
        <message>
            <source>On grid</source>
            <translation>По сетке</translation>
        </message>
        <message>
            <source>One pulse</source>
            <translation>Одиночный импульс</translation>
        </message>
        <message>
            <source>One rectangular pulse between two reads of the same level, window and range.</source>
            <translation>Один прямоугольный импульс между двумя чтениями с одинаковыми уровнем, окном и диапазоном.</translation>
        </message>
        <message>
            <source>Open above</source>
            <translation>Обрыв выше</translation>
        </message>
        <message>
            <source>Order</source>
            <translation>Порядок</translation>
        </message>
        <message>
            <source>Orientation</source>
            <translation>Ориентация</translation>
        </message>
        <message>
            <source>Overrange</source>
            <translation>Вне диапазона</translation>
        </message>
        <message>
            <source>P</source>
            <translation>P</translation>
        </message>
        <message>
            <source>P down</source>
            <translation>P вниз</translation>
        </message>
        <message>
            <source>P up</source>
            <translation>P вверх</translation>
        </message>
        <message>
            <source>Pair rate</source>
            <translation>Частота пар</translation>
        </message>
        <message>
            <source>Pairs</source>
            <translation>Пары</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>Пауза</translation>
        </message>
        <message>
            <source>Period</source>
            <translation>Период</translation>
        </message>
        <message>
            <source>Pf</source>
            <translation>Pf</translation>
        </message>
        <message>
            <source>Phi0</source>
            <translation>φ0</translation>
        </message>
        <message>
            <source>Points</source>
            <translation>Точки</translation>
        </message>
        <message>
            <source>Polarity</source>
            <translation>Полярность</translation>
        </message>
        <message>
            <source>Poole-Frenkel lowering, eV per sqrt(V)</source>
            <translation>снижение барьера по Пулу — Френкелю, эВ на √В</translation>
        </message>
        <message>
            <source>Post negative</source>
            <translation>Пост, отриц.</translation>
        </message>
        <message>
            <source>Post only</source>
            <translation>Только пост</translation>
        </message>
        <message>
            <source>Post positive</source>
            <translation>Пост, полож.</translation>
        </message>
        <message>
            <source>Post time negative</source>
            <translation>Длит. пост −</translation>
        </message>
        <message>
            <source>Post time positive</source>
            <translation>Длит. пост +</translation>
        </message>
        <message>
            <source>Pre negative</source>
            <translation>Пре, отриц.</translation>
        </message>
        <message>
            <source>Pre only</source>
            <translation>Только пре</translation>
        </message>
        <message>
            <source>Pre positive</source>
            <translation>Пре, полож.</translation>
        </message>
        <message>
            <source>Pre time negative</source>
            <translation>Длит. пре −</translation>
        </message>
        <message>
            <source>Pre time positive</source>
            <translation>Длит. пре +</translation>
        </message>
        <message>
            <source>Program/read pulse series</source>
            <translation>Серии импульсов записи и чтения</translation>
        </message>
        <message>
            <source>Protocols</source>
            <translation>Протоколы</translation>
        </message>
        <message>
            <source>Pulse</source>
            <translation>Импульс</translation>
        </message>
        <message>
            <source>Pulses max</source>
            <translation>Импульсов, наиб.</translation>
        </message>
        <message>
            <source>R high</source>
            <translation>R высокое</translation>
        </message>
        <message>
            <source>R low</source>
            <translation>R низкое</translation>
        </message>
        <message>
            <source>R max</source>
            <translation>R наиб.</translation>
        </message>
        <message>
            <source>R min</source>
            <translation>R наим.</translation>
        </message>
        <message>
            <source>R n0</source>
            <translation>R n0</translation>
        </message>
        <message>
            <source>R n1</source>
            <translation>R n1</translation>
        </message>
        <message>
            <source>R n2</source>
            <translation>R n2</translation>
        </message>
        <message>
            <source>R off</source>
            <translation>R off</translation>
        </message>
        <message>
            <source>R on</source>
            <translation>R on</translation>
        </message>
        <message>
            <source>R p0</source>
            <translation>R p0</translation>
        </message>
        <message>
            <source>R p1</source>
            <translation>R p1</translation>
        </message>
        <message>
            <source>R p2</source>
            <translation>R p2</translation>
        </message>
        <message>
            <source>R reset</source>
            <translation>R RESET</translation>
        </message>
        <message>
            <source>R set</source>
            <translation>R SET</translation>
        </message>
        <message>
            <source>R th</source>
            <translation>R th</translation>
        </message>
        <message>
            <source>Rate</source>
            <translation>Скорость</translation>
        </message>
        <message>
            <source>Rate factor</source>
            <translation>Множ. скорости</translation>
        </message>
        <message>
            <source>Rate n</source>
            <translation>Скорость n</translation>
        </message>
        <message>
            <source>Rate p</source>
            <translation>Скорость p</translation>
        </message>
        <message>
            <source>Read</source>
            <translation>Чтение</translation>
        </message>
        <message>
            <source>Read delay</source>
            <translation>Пауза до чтения</translation>
        </message>
        <message>
            <source>Read level</source>
            <translation>Уровень чтения</translation>
        </message>
        <message>
            <source>Read periods</source>
            <translation>Периоды чтения</translation>
        </message>
        <message>
            <source>Read window</source>
            <translation>Окно чтения</translation>
        </message>
        <message>
            <source>Reads at a low voltage, both polarities and two levels: contact, linearity, G ± u.

The conductance is that of the last, highest positive level. The verdict is ``open`` when it
is below its own uncertainty or beyond the open limit, ``short`` below the short limit.</source>
            <translation>Читает при малом напряжении, обе полярности и два уровня: контакт, линейность, G ± u.

Проводимость — по последнему, наибольшему положительному уровню. Контакт «разомкнут», если она меньше собственной неопределённости или за пределом обрыва, и «замкнут», если сопротивление ниже предела замыкания.</translation>
        </message>
        <message>
            <source>Relaxation</source>
            <translation>Релаксация</translation>
        </message>
        <message>
            <source>Repeats</source>
            <translation>Повторы</translation>
        </message>
        <message>
            <source>Resistance</source>
            <translation>Сопротивление</translation>
        </message>
        <message>
            <source>Resistor</source>
            <translation>Резистор</translation>
        </message>
        <message>
            <source>Reversed pairs</source>
            <translation>Обратные пары</translation>
        </message>
        <message>
            <source>Schottky and tunnelling current; with ``decay`` the state relaxes by itself.

The state equation has no saturation of its own: w is held between 0 and 1. A device with w = 0
still conducts, more in the negative direction. No threshold: every read moves it a little.</source>
            <translation>Ток Шоттки и туннельный ток; с ``decay`` состояние релаксирует само.

Собственного насыщения у уравнения состояния нет: w удерживается между 0 и 1. Устройство с w = 0 всё же проводит, в отрицательную сторону больше. Порога нет: каждое чтение немного сдвигает состояние.</translation>
        </message>
        <message>
            <source>Schottky current</source>
            <translation>Ток Шоттки</translation>
        </message>
        <message>
            <source>Schottky current backwards</source>
            <translation>Ток Шоттки, обр.</translation>
        </message>
        <message>
            <source>Schottky current forwards</source>
            <translation>Ток Шоттки, прям.</translation>
        </message>
        <message>
            <source>Series</source>
            <translation>Последоват.</translation>
        </message>
        <message>
            <source>Series resistor</source>
            <translation>Последов. резистор</translation>
        </message>
        <message>
            <source>Series uncertainty</source>
            <translation>Его неопределённость</translation>
        </message>
        <message>
            <source>Sham</source>
            <translation>Холостые</translation>
        </message>
        <message>
            <source>Shape</source>
            <translation>Форма</translation>
        </message>
        <message>
            <source>Short below</source>
            <translation>Замык. ниже</translation>
        </message>
        <message>
            <source>Sinh</source>
            <translation>Масштаб роста тока</translation>
        </message>
        <message>
            <source>Slew max</source>
            <translation>Скорость нарастания, наиб.</translation>
        </message>
        <message>
            <source>Source</source>
            <translation>Источник</translation>
        </message>
        <message>
            <source>Source resistance</source>
            <translation>Сопр. источника</translation>
        </message>
        <message>
            <source>Source/measure unit with both channels, no series resistor, on its 2 V range</source>
            <translation>Источник-измеритель, оба канала, без последовательного резистора, на пределе 2 В</translation>
        </message>
        <message>
            <source>Spacing</source>
            <translation>Шаг</translation>
        </message>
        <message>
            <source>Spike-timing-dependent plasticity</source>
            <translation>Пластичность от времени спайков (STDP)</translation>
        </message>
        <message>
            <source>State</source>
            <translation>Состояние</translation>
        </message>
        <message>
            <source>Sweeps the voltage in loops and records the current.

Loop area and the resistances of both branches at the read voltage come from the measured
device voltage; a limit of the current is kept by the bench where it has one.</source>
            <translation>Проходит напряжение петлями и записывает ток.

Площадь петли и сопротивления обеих ветвей при напряжении чтения считаются по измеренному напряжению на устройстве; ограничение тока держит стенд, если умеет.</translation>
        </message>
        <message>
            <source>T0</source>
            <translation>T0</translation>
        </message>
        <message>
            <source>Target</source>
            <translation>Цель</translation>
        </message>
        <message>
            <source>Tau</source>
            <translation>τ</translation>
        </message>
        <message>
            <source>Tau growth</source>
            <translation>Рост tau</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>Температура</translation>
        </message>
        <message>
            <source>The state is the gap between the filament and the electrode; a positive voltage closes it.

Current heats, and heat speeds up: SET runs away within microseconds. ``f_min`` above 0 adds
the hidden threshold of some codes, below which nothing moves at all: 1.05 V for a gap of
0.2 nm, 1.39 V for 1.7 nm. Ramps through it are slow to integrate, since the gap follows the
threshold in tiny steps.</source>
            <translation>Состояние — зазор между филаментом и электродом; положительное напряжение его закрывает.

Ток греет, а нагрев ускоряет: SET лавинно развивается за микросекунды. ``f_min`` больше 0 добавляет скрытый порог некоторых программ, ниже которого ничего не движется: 1.05 В для зазора 0.2 нм, 1.39 В для 1.7 нм. Развёртки через него интегрируются медленно, так как зазор следует за порогом мелкими шагами.</translation>
        </message>
        <message>
            <source>The state is the static resistance at the read voltage; a positive voltage raises it.

Each voltage drives it towards its own boundary r(v), and no further. There is no hard
threshold: a read moves the state a little. The fourth device of the table of 2018, TaOx/TiO2,
is no set here: its current is not printed.</source>
            <translation>Состояние — статическое сопротивление при напряжении чтения; положительное напряжение его повышает.

Каждое напряжение ведёт его к своей границе r(v) и не дальше. Жёсткого порога нет: чтение немного сдвигает состояние. Четвёртого прибора из таблицы 2018 года, TaOx/TiO2, здесь нет: его ток не напечатан.</translation>
        </message>
        <message>
            <source>The state is the width of the tunnelling gap, nm; a positive voltage widens it (OFF).

A reference for OFF pulses and for static curves. The ON branch is too stiff for any explicit
step: rates span hundreds of decades. Voltages across the gap are held
where Simmons' approximation has a meaning, about 1.2 V.</source>
            <translation>Состояние — ширина туннельного зазора, нм; положительное напряжение его расширяет (OFF).

Образец для импульсов OFF и статических кривых. Ветвь ON слишком жёсткая для любого явного шага: скорости охватывают сотни декад. Напряжения на зазоре удерживаются там, где приближение Симмонса имеет смысл, около 1.2 В.</translation>
        </message>
        <message>
            <source>Thickness m</source>
            <translation>Толщина, м</translation>
        </message>
        <message>
            <source>Threshold model with state-dependent motion near the bounds, fitted to many devices.

Valid for voltages up to about 1 V with the default set, whose rate grows as e^v. Without the
currents g1 and g2 of the extension of 2020 none flows at x = 0: then the state stays above
1e-4. That extension's x_n is 1 less ours.</source>
            <translation>Пороговая модель с зависящим от состояния движением у границ, подогнанная ко многим устройствам.

Годится для напряжений примерно до 1 В с параметрами по умолчанию, скорость которых растёт как e^v. При x = 0 ток не течёт вовсе, поэтому состояние остаётся выше 1e-4.</translation>
        </message>
        <message>
            <source>Thresholds of the current; a positive one raises R.

``i_on_a`` is negative: tables that print +8.9 uA would switch on never, or always.</source>
            <translation>Пороги по току; положительный повышает R.

``i_on_a`` отрицателен: по таблицам, где напечатано +8.9 мкА, включение происходило бы никогда или всегда.</translation>
        </message>
        <message>
            <source>Time n</source>
            <translation>Время n</translation>
        </message>
        <message>
            <source>Time ox m</source>
            <translation>Толщина оксида, м</translation>
        </message>
        <message>
            <source>Time p</source>
            <translation>Время p</translation>
        </message>
        <message>
            <source>Tolerance</source>
            <translation>Допуск</translation>
        </message>
        <message>
            <source>Trains of equal program pulses with a read after each (the article's Fig. 3 and 4).

A train is one stimulus: it is uploaded once and gives one reading per pulse. Lists of
amplitudes and widths give one train for every combination.</source>
            <translation>Серии одинаковых импульсов записи с чтением после каждого (рис. 3 и 4 статьи).

Серия — одно воздействие: она загружается один раз и даёт одно считывание на импульс. Списки амплитуд и длительностей дают по серии на каждое сочетание.</translation>
        </message>
        <message>
            <source>Tries</source>
            <translation>Попытки</translation>
        </message>
        <message>
            <source>V max</source>
            <translation>V наиб.</translation>
        </message>
        <message>
            <source>V min</source>
            <translation>V наим.</translation>
        </message>
        <message>
            <source>V n</source>
            <translation>V n</translation>
        </message>
        <message>
            <source>V off</source>
            <translation>V off</translation>
        </message>
        <message>
            <source>V on</source>
            <translation>V on</translation>
        </message>
        <message>
            <source>V p</source>
            <translation>V p</translation>
        </message>
        <message>
            <source>V read max</source>
            <translation>V чтения, наиб.</translation>
        </message>
        <message>
            <source>V reset</source>
            <translation>V RESET</translation>
        </message>
        <message>
            <source>V set</source>
            <translation>V SET</translation>
        </message>
        <message>
            <source>V0</source>
            <translation>V0</translation>
        </message>
        <message>
            <source>Vt</source>
            <translation>Vt</translation>
        </message>
        <message>
            <source>W c</source>
            <translation>W c</translation>
        </message>
        <message>
            <source>W max</source>
            <translation>W макс.</translation>
        </message>
        <message>
            <source>W min</source>
            <translation>W мин.</translation>
        </message>
        <message>
            <source>W off</source>
            <translation>W off</translation>
        </message>
        <message>
            <source>W on</source>
            <translation>W on</translation>
        </message>
        <message>
            <source>Wc down</source>
            <translation>Wc вниз</translation>
        </message>
        <message>
            <source>Wc up</source>
            <translation>Wc вверх</translation>
        </message>
        <message>
            <source>Width</source>
            <translation>Длительность</translation>
        </message>
        <message>
            <source>Window</source>
            <translation>Окно</translation>
        </message>
        <message>
            <source>Window p</source>
            <translation>Окно p</translation>
        </message>
        <message>
            <source>Wiring</source>
            <translation>Включение</translation>
        </message>
        <message>
            <source>X down</source>
            <translation>X вниз</translation>
        </message>
        <message>
            <source>X n</source>
            <translation>X n</translation>
        </message>
        <message>
            <source>X p</source>
            <translation>X p</translation>
        </message>
        <message>
            <source>X up</source>
            <translation>X вверх</translation>
        </message>
        <message>
            <source>a current or a voltage was beyond its measuring range</source>
            <translation>ток или напряжение вне диапазона измерения</translation>
        </message>
        <message>
            <source>a fixed step of {0} gives {1} in {2}; {3} or less would follow it</source>
            <translation>постоянный шаг {0} даёт {1} на {2}; за сигналом успевает шаг не больше {3}</translation>
        </message>
        <message>
            <source>a loop of {0} is faster than the circuit follows; from {1} on it is not widened</source>
            <translation>цикл за {0} быстрее, чем успевает схема; начиная с {1} петля не расширяется</translation>
        </message>
        <message>
            <source>a pulse of {0} ends before the circuit has settled, which takes {1} (7 RC)</source>
            <translation>импульс {0} кончается раньше, чем схема установится: нужно {1} (7 RC)</translation>
        </message>
        <message>
            <source>a pulse of {0} is measured every {1}; its shape is seen from {2} on</source>
            <translation>импульс {0} измеряется каждые {1}; форма видна, начиная с {2}</translation>
        </message>
        <message>
            <source>a read at {0} passes {1} at {2}, and its uncertainty is {3}: more than 20 %; read at a higher level or for longer</source>
            <translation>чтение при {0} даёт {1} при {2}, а неопределённость {3}: больше 20 %; читайте при большем уровне или дольше</translation>
        </message>
        <message>
            <source>a short has less</source>
            <translation>при замыкании меньше</translation>
        </message>
        <message>
            <source>accept</source>
            <translation>принять</translation>
        </message>
        <message>
            <source>allowed: at least {}</source>
            <translation>допустимо: не менее {}</translation>
        </message>
        <message>
            <source>allowed: at most {}</source>
            <translation>допустимо: не более {}</translation>
        </message>
        <message>
            <source>allowed: {} to {}</source>
            <translation>допустимо: от {} до {}</translation>
        </message>
        <message>
            <source>an open contact has more</source>
            <translation>при обрыве больше</translation>
        </message>
        <message>
            <source>an oscilloscope's input was beyond its range</source>
            <translation>вход осциллографа вне своего диапазона</translation>
        </message>
        <message>
            <source>approach</source>
            <translation>подход</translation>
        </message>
        <message>
            <source>approach to r_n, per ohm (exponential)</source>
            <translation>приближение к r_n, на ом (экспоненциальная)</translation>
        </message>
        <message>
            <source>approach to r_p, per ohm (exponential)</source>
            <translation>приближение к r_p, на ом (экспоненциальная)</translation>
        </message>
        <message>
            <source>area of the filaments, S</source>
            <translation>площадь филаментов, S</translation>
        </message>
        <message>
            <source>ascending</source>
            <translation>по возрастанию</translation>
        </message>
        <message>
            <source>ask</source>
            <translation>спросить</translation>
        </message>
        <message>
            <source>at most {0}, by the resistor alone</source>
            <translation>не больше {0}, только резистором</translation>
        </message>
        <message>
            <source>attempt frequency</source>
            <translation>частота попыток</translation>
        </message>
        <message>
            <source>auto</source>
            <translation>автоматически</translation>
        </message>
        <message>
            <source>averaging time of each level; 0: one mains period</source>
            <translation>время усреднения каждого уровня; 0: один период сети</translation>
        </message>
        <message>
            <source>averaging time; 0: one mains period</source>
            <translation>время усреднения; 0: один период сети</translation>
        </message>
        <message>
            <source>averaging time; 0: whole mains periods, see read_periods</source>
            <translation>время усреднения; 0: целое число периодов сети, см. «Периоды чтения»</translation>
        </message>
        <message>
            <source>barrier lowering per volt</source>
            <translation>снижение барьера на вольт</translation>
        </message>
        <message>
            <source>barrier of electrons</source>
            <translation>барьер для электронов</translation>
        </message>
        <message>
            <source>barrier of ion migration; 0.01 eV changes the speed 1.5x</source>
            <translation>барьер миграции ионов; 0.01 эВ меняет скорость в 1.5 раза</translation>
        </message>
        <message>
            <source>barrier of the ions</source>
            <translation>барьер ионов</translation>
        </message>
        <message>
            <source>biolek</source>
            <translation>biolek</translation>
        </message>
        <message>
            <source>both</source>
            <translation>обе</translation>
        </message>
        <message>
            <source>c, by how much the time constant grows with the state</source>
            <translation>c, насколько постоянная времени растёт с состоянием</translation>
        </message>
        <message>
            <source>cable and input capacitance at the bottom electrode</source>
            <translation>ёмкость кабеля и входа у нижнего электрода</translation>
        </message>
        <message>
            <source>cable and input capacitance at the second source</source>
            <translation>ёмкость кабеля и входа у второго источника</translation>
        </message>
        <message>
            <source>cable and input capacitance at the top electrode</source>
            <translation>ёмкость кабеля и входа у верхнего электрода</translation>
        </message>
        <message>
            <source>capacitance across the device</source>
            <translation>ёмкость параллельно устройству</translation>
        </message>
        <message>
            <source>clipped</source>
            <translation>перегрузка входа</translation>
        </message>
        <message>
            <source>compliance</source>
            <translation>ограничение тока</translation>
        </message>
        <message>
            <source>conductance</source>
            <translation>проводимость</translation>
        </message>
        <message>
            <source>conductance outside the profile's range of resistance: the contact is open, the device shorted, or it is another one</source>
            <translation>проводимость вне диапазона сопротивлений профиля: контакт разорван, устройство замкнуто, или это другое устройство</translation>
        </message>
        <message>
            <source>conductances to start from; 0: 30 % of the profile's range</source>
            <translation>начальные проводимости; 0: 30 % диапазона профиля</translation>
        </message>
        <message>
            <source>conduction of the low-resistance state, A/(V m2)</source>
            <translation>проводимость низкоомного состояния, А/(В·м²)</translation>
        </message>
        <message>
            <source>continue</source>
            <translation>продолжить</translation>
        </message>
        <message>
            <source>continuous</source>
            <translation>непрерывная</translation>
        </message>
        <message>
            <source>controls with both spikes of opposite sign</source>
            <translation>контрольные пары с обоими спайками обратного знака</translation>
        </message>
        <message>
            <source>controls without post</source>
            <translation>контроль без пост-спайка</translation>
        </message>
        <message>
            <source>controls without pre</source>
            <translation>контроль без пре-спайка</translation>
        </message>
        <message>
            <source>controls without spikes</source>
            <translation>контроль без спайков</translation>
        </message>
        <message>
            <source>current at x = 0, negative voltage</source>
            <translation>ток при x = 0, отрицательное напряжение</translation>
        </message>
        <message>
            <source>current at x = 0, positive voltage</source>
            <translation>ток при x = 0, положительное напряжение</translation>
        </message>
        <message>
            <source>current scale</source>
            <translation>масштаб тока</translation>
        </message>
        <message>
            <source>current scale at negative voltage</source>
            <translation>масштаб тока при отрицательном напряжении</translation>
        </message>
        <message>
            <source>current scale at negative voltage, V</source>
            <translation>масштаб тока при отрицательном напряжении, В</translation>
        </message>
        <message>
            <source>current scale at positive voltage</source>
            <translation>масштаб тока при положительном напряжении</translation>
        </message>
        <message>
            <source>current scale at positive voltage, V</source>
            <translation>масштаб тока при положительном напряжении, В</translation>
        </message>
        <message>
            <source>current scale, off</source>
            <translation>масштаб тока, выключение</translation>
        </message>
        <message>
            <source>current scale, on</source>
            <translation>масштаб тока, включение</translation>
        </message>
        <message>
            <source>current that softens both</source>
            <translation>ток, который смягчает оба</translation>
        </message>
        <message>
            <source>curvature at negative voltage, per volt</source>
            <translation>кривизна при отрицательном напряжении, на вольт</translation>
        </message>
        <message>
            <source>curvature at negative voltage, per volt; 0: the same as b</source>
            <translation>кривизна при отрицательном напряжении, на вольт; 0: та же, что b</translation>
        </message>
        <message>
            <source>curvature at positive voltage, per volt</source>
            <translation>кривизна при положительном напряжении, на вольт</translation>
        </message>
        <message>
            <source>curvature of the Schottky part, per volt</source>
            <translation>кривизна части Шоттки, на вольт</translation>
        </message>
        <message>
            <source>curvature of the current</source>
            <translation>кривизна тока</translation>
        </message>
        <message>
            <source>curvature of the current, per volt</source>
            <translation>кривизна тока, на вольт</translation>
        </message>
        <message>
            <source>curvature of tunnelling, per volt</source>
            <translation>кривизна туннелирования, на вольт</translation>
        </message>
        <message>
            <source>dR/dt is linear in the voltage beyond a threshold; a positive voltage raises R.

The rate does not depend on the state: explicit Euler is exact on rectangular pulses.</source>
            <translation>dR/dt линейна по напряжению за порогом; положительное напряжение повышает R.

Скорость не зависит от состояния: явный метод Эйлера точен на прямоугольных импульсах.</translation>
        </message>
        <message>
            <source>decay length of the current</source>
            <translation>длина спада тока</translation>
        </message>
        <message>
            <source>default: {}</source>
            <translation>по умолчанию: {}</translation>
        </message>
        <message>
            <source>delays on each side of 0</source>
            <translation>задержек с каждой стороны от 0</translation>
        </message>
        <message>
            <source>delays; made from the following when empty</source>
            <translation>задержки; если пусто, составляются из следующих полей</translation>
        </message>
        <message>
            <source>depresses; its sign is the opposite one</source>
            <translation>вызывает депрессию; знак противоположный</translation>
        </message>
        <message>
            <source>depression</source>
            <translation>депрессия</translation>
        </message>
        <message>
            <source>depression-potentiation</source>
            <translation>депр.-потенц.</translation>
        </message>
        <message>
            <source>device {0} to {1}</source>
            <translation>на приборе от {0} до {1}</translation>
        </message>
        <message>
            <source>device {0} to {1}, now {2}</source>
            <translation>на приборе от {0} до {1}, сейчас {2}</translation>
        </message>
        <message>
            <source>drift</source>
            <translation>дрейф</translation>
        </message>
        <message>
            <source>duration of one loop</source>
            <translation>длительность одной петли</translation>
        </message>
        <message>
            <source>duration of the post spike's negative part</source>
            <translation>длительность отрицательной части пост-спайка</translation>
        </message>
        <message>
            <source>duration of the post spike's positive part</source>
            <translation>длительность положительной части пост-спайка</translation>
        </message>
        <message>
            <source>duration of the pre spike's negative part</source>
            <translation>длительность отрицательной части пре-спайка</translation>
        </message>
        <message>
            <source>duration of the pre spike's positive part</source>
            <translation>длительность положительной части пре-спайка</translation>
        </message>
        <message>
            <source>either-side</source>
            <translation>с любой стороны</translation>
        </message>
        <message>
            <source>elementary charge</source>
            <translation>элементарный заряд</translation>
        </message>
        <message>
            <source>elementary charge as in the source</source>
            <translation>элементарный заряд, как в источнике</translation>
        </message>
        <message>
            <source>empirical factor of RESET</source>
            <translation>эмпирический множитель RESET</translation>
        </message>
        <message>
            <source>empirical factor of SET</source>
            <translation>эмпирический множитель SET</translation>
        </message>
        <message>
            <source>every {0}</source>
            <translation>каждые {0}</translation>
        </message>
        <message>
            <source>exponent of a window of the state; 0: none, as in the source</source>
            <translation>показатель окна состояния; 0: без окна, как в источнике</translation>
        </message>
        <message>
            <source>exponent of switching off</source>
            <translation>показатель выключения</translation>
        </message>
        <message>
            <source>exponent of switching on</source>
            <translation>показатель включения</translation>
        </message>
        <message>
            <source>exponent of the window</source>
            <translation>показатель окна</translation>
        </message>
        <message>
            <source>exponent while the state grows (power)</source>
            <translation>показатель при росте состояния (степенное)</translation>
        </message>
        <message>
            <source>exponent while the state shrinks (power)</source>
            <translation>показатель при спаде состояния (степенное)</translation>
        </message>
        <message>
            <source>exponential</source>
            <translation>экспоненциальная</translation>
        </message>
        <message>
            <source>factor of the low-resistance conduction</source>
            <translation>множитель проводимости низкоомного состояния</translation>
        </message>
        <message>
            <source>failed</source>
            <translation>сбой</translation>
        </message>
        <message>
            <source>field below which nothing moves; 0: none</source>
            <translation>поле, ниже которого ничего не движется; 0: нет</translation>
        </message>
        <message>
            <source>field enhancement of a closed gap</source>
            <translation>усиление поля закрытого зазора</translation>
        </message>
        <message>
            <source>finished</source>
            <translation>завершён</translation>
        </message>
        <message>
            <source>formed</source>
            <translation>отформовано</translation>
        </message>
        <message>
            <source>from-below</source>
            <translation>снизу</translation>
        </message>
        <message>
            <source>from-below: the last pulse before a point potentiates</source>
            <translation>снизу: последний импульс перед точкой потенцирует</translation>
        </message>
        <message>
            <source>gap that slows down switching off, nm</source>
            <translation>зазор, замедляющий выключение, нм</translation>
        </message>
        <message>
            <source>gap that slows down switching on, nm</source>
            <translation>зазор, замедляющий включение, нм</translation>
        </message>
        <message>
            <source>height of the barrier</source>
            <translation>высота барьера</translation>
        </message>
        <message>
            <source>height of the window (prodromakis, zha)</source>
            <translation>высота окна (prodromakis, zha)</translation>
        </message>
        <message>
            <source>highest read voltage</source>
            <translation>наибольшее напряжение чтения</translation>
        </message>
        <message>
            <source>highest voltage the device may see</source>
            <translation>наибольшее напряжение, допустимое на устройстве</translation>
        </message>
        <message>
            <source>hopping distance</source>
            <translation>длина прыжка</translation>
        </message>
        <message>
            <source>how fast decay slows down</source>
            <translation>насколько быстро замедляется спад</translation>
        </message>
        <message>
            <source>how fast growth slows down</source>
            <translation>насколько быстро замедляется рост</translation>
        </message>
        <message>
            <source>how gently decay slows down (kvatinsky)</source>
            <translation>насколько плавно замедляется спад (kvatinsky)</translation>
        </message>
        <message>
            <source>how gently growth slows down (kvatinsky)</source>
            <translation>насколько плавно замедляется рост (kvatinsky)</translation>
        </message>
        <message>
            <source>how it falls as the gap opens</source>
            <translation>как оно падает с ростом зазора</translation>
        </message>
        <message>
            <source>how many loops</source>
            <translation>сколько петель</translation>
        </message>
        <message>
            <source>how often all is repeated</source>
            <translation>сколько раз всё повторяется</translation>
        </message>
        <message>
            <source>how often every delay</source>
            <translation>сколько раз каждая задержка</translation>
        </message>
        <message>
            <source>how refusals and reports call it</source>
            <translation>как его называют отказы и отчёты</translation>
        </message>
        <message>
            <source>how results call this bench</source>
            <translation>как этот стенд называют результаты</translation>
        </message>
        <message>
            <source>how sharply they set in, nm</source>
            <translation>насколько резко они наступают, нм</translation>
        </message>
        <message>
            <source>how the resistance follows the state</source>
            <translation>как сопротивление следует за состоянием</translation>
        </message>
        <message>
            <source>how the speed falls with the distance from the boundary</source>
            <translation>как скорость падает с расстоянием до границы</translation>
        </message>
        <message>
            <source>how the voltage moves</source>
            <translation>как меняется напряжение</translation>
        </message>
        <message>
            <source>image force, V nm</source>
            <translation>сила изображения, В·нм</translation>
        </message>
        <message>
            <source>in steps of {0}</source>
            <translation>шагами по {0}</translation>
        </message>
        <message>
            <source>initialise</source>
            <translation>подготовка</translation>
        </message>
        <message>
            <source>input resistance of an oscilloscope channel</source>
            <translation>входное сопротивление канала осциллографа</translation>
        </message>
        <message>
            <source>interrupted</source>
            <translation>прерван</translation>
        </message>
        <message>
            <source>iso</source>
            <translation>изо</translation>
        </message>
        <message>
            <source>its curvature at negative voltage, per volt</source>
            <translation>его кривизна при отрицательном напряжении, на вольт</translation>
        </message>
        <message>
            <source>its curvature at positive voltage, per volt</source>
            <translation>его кривизна при положительном напряжении, на вольт</translation>
        </message>
        <message>
            <source>its curvature backwards, per volt</source>
            <translation>его кривизна в обратную сторону, на вольт</translation>
        </message>
        <message>
            <source>its curvature forwards, per volt</source>
            <translation>его кривизна в прямую сторону, на вольт</translation>
        </message>
        <message>
            <source>its curvature, ohm/V2</source>
            <translation>её кривизна, Ом/В²</translation>
        </message>
        <message>
            <source>its slope, ohm/V</source>
            <translation>её наклон, Ом/В</translation>
        </message>
        <message>
            <source>its tolerance, e.g. 0.01 %</source>
            <translation>его допуск, например 0.01 %</translation>
        </message>
        <message>
            <source>joglekar</source>
            <translation>joglekar</translation>
        </message>
        <message>
            <source>kvatinsky</source>
            <translation>kvatinsky</translation>
        </message>
        <message>
            <source>lambda, speeds up write and decay</source>
            <translation>λ, ускоряет запись и спад</translation>
        </message>
        <message>
            <source>largest charge of one stimulus, both directions added</source>
            <translation>наибольший заряд одного воздействия, оба направления вместе</translation>
        </message>
        <message>
            <source>largest delay</source>
            <translation>наибольшая задержка</translation>
        </message>
        <message>
            <source>largest energy of one run, worst case; 0 J for any</source>
            <translation>наибольшая энергия одного опыта, в худшем случае; 0 Дж — любая</translation>
        </message>
        <message>
            <source>largest energy of one stimulus</source>
            <translation>наибольшая энергия одного воздействия</translation>
        </message>
        <message>
            <source>largest gap</source>
            <translation>наибольший зазор</translation>
        </message>
        <message>
            <source>largest gap, nm</source>
            <translation>наибольший зазор, нм</translation>
        </message>
        <message>
            <source>largest level; up to 2.1 the 2 V range, ten times as exact</source>
            <translation>наибольший уровень; до 2,1 – предел 2 В, в десять раз точнее</translation>
        </message>
        <message>
            <source>largest limit of the current, and the limit where none is asked</source>
            <translation>наибольшее ограничение тока; действует и там, где оно не задано</translation>
        </message>
        <message>
            <source>largest magnitude of the current, in both directions</source>
            <translation>наибольшая величина тока в обоих направлениях</translation>
        </message>
        <message>
            <source>largest magnitude that does not disturb the state</source>
            <translation>наибольшая величина, не меняющая состояния</translation>
        </message>
        <message>
            <source>largest open-circuit level; a smaller one resolves finer</source>
            <translation>наибольший уровень холостого хода; меньший разрешается тоньше</translation>
        </message>
        <message>
            <source>largest resistance</source>
            <translation>наибольшее сопротивление</translation>
        </message>
        <message>
            <source>largest resistance that is allowed for</source>
            <translation>наибольшее учитываемое сопротивление</translation>
        </message>
        <message>
            <source>largest resistance the device is known to take</source>
            <translation>наибольшее известное сопротивление устройства</translation>
        </message>
        <message>
            <source>length of that fall</source>
            <translation>длина этого падения</translation>
        </message>
        <message>
            <source>limit</source>
            <translation>предел</translation>
        </message>
        <message>
            <source>limit of the current; 0: the profile's</source>
            <translation>ограничение тока; 0: из профиля</translation>
        </message>
        <message>
            <source>linear</source>
            <translation>линейный</translation>
        </message>
        <message>
            <source>log</source>
            <translation>логарифмический</translation>
        </message>
        <message>
            <source>lower boundary at 0 V</source>
            <translation>нижняя граница при 0 В</translation>
        </message>
        <message>
            <source>lowest current, below zero; 0 A for the same magnitude as i_max_a</source>
            <translation>наименьший ток, ниже нуля; 0 А — та же величина, что и i_max_a</translation>
        </message>
        <message>
            <source>lowest voltage the device may see</source>
            <translation>наименьшее напряжение, допустимое на устройстве</translation>
        </message>
        <message>
            <source>magnitude of the negative threshold</source>
            <translation>модуль отрицательного порога</translation>
        </message>
        <message>
            <source>mains periods of the window, where it is not given</source>
            <translation>периодов сети в окне, если оно не задано</translation>
        </message>
        <message>
            <source>mobility of the ions, m2/(V s)</source>
            <translation>подвижность ионов, м²/(В·с)</translation>
        </message>
        <message>
            <source>most pulses in one run</source>
            <translation>наибольшее число импульсов за прогон</translation>
        </message>
        <message>
            <source>names of the protocols that are allowed; empty means all</source>
            <translation>имена разрешённых протоколов; пусто – все</translation>
        </message>
        <message>
            <source>negative peak of the post spike, its magnitude</source>
            <translation>отрицательный пик пост-спайка, модуль</translation>
        </message>
        <message>
            <source>negative peak of the pre spike, its magnitude</source>
            <translation>отрицательный пик пре-спайка, модуль</translation>
        </message>
        <message>
            <source>no</source>
            <translation>нет</translation>
        </message>
        <message>
            <source>no pair of spikes overlaps: the shortest delay is {0}; below {1} they do</source>
            <translation>спайки ни одной пары не перекрываются: наименьшая задержка {0}; при задержке меньше {1} перекрываются</translation>
        </message>
        <message>
            <source>none</source>
            <translation>нет</translation>
        </message>
        <message>
            <source>of both spikes</source>
            <translation>обоих спайков</translation>
        </message>
        <message>
            <source>of points and controls</source>
            <translation>точек и контроля</translation>
        </message>
        <message>
            <source>of the delays</source>
            <translation>задержек</translation>
        </message>
        <message>
            <source>of the pulse; 0: the profile's own</source>
            <translation>импульса; 0: из профиля</translation>
        </message>
        <message>
            <source>of the pulses; 0: the profile's own</source>
            <translation>импульсов; 0: из профиля</translation>
        </message>
        <message>
            <source>of the starting conductance, relative; twice that after the relaxation</source>
            <translation>начальной проводимости, относительный; после релаксации вдвое больше</translation>
        </message>
        <message>
            <source>ok</source>
            <translation>есть</translation>
        </message>
        <message>
            <source>only a formed device gets more than reads of 50 mV</source>
            <translation>только формованное устройство получает больше, чем чтения при 50 мВ</translation>
        </message>
        <message>
            <source>open</source>
            <translation>разомкнут</translation>
        </message>
        <message>
            <source>open-circuit voltage of depressing pulses</source>
            <translation>напряжение импульсов депрессии без нагрузки</translation>
        </message>
        <message>
            <source>open-circuit voltage of potentiating pulses</source>
            <translation>напряжение импульсов потенциации без нагрузки</translation>
        </message>
        <message>
            <source>open-circuit voltage of the pulse</source>
            <translation>напряжение импульса без нагрузки</translation>
        </message>
        <message>
            <source>output resistance of a source</source>
            <translation>выходное сопротивление источника</translation>
        </message>
        <message>
            <source>overrange</source>
            <translation>вне диапазона</translation>
        </message>
        <message>
            <source>pairs per second</source>
            <translation>пар в секунду</translation>
        </message>
        <message>
            <source>part of the current that is not Schottky's</source>
            <translation>часть тока не по Шоттки</translation>
        </message>
        <message>
            <source>points of one loop</source>
            <translation>точек в одной петле</translation>
        </message>
        <message>
            <source>positive peak of the post spike, its magnitude</source>
            <translation>положительный пик пост-спайка, модуль</translation>
        </message>
        <message>
            <source>positive peak of the pre spike, its magnitude</source>
            <translation>положительный пик пре-спайка, модуль</translation>
        </message>
        <message>
            <source>positive threshold</source>
            <translation>положительный порог</translation>
        </message>
        <message>
            <source>post spike alone</source>
            <translation>только пост-спайк</translation>
        </message>
        <message>
            <source>post-only</source>
            <translation>только пост-спайк</translation>
        </message>
        <message>
            <source>potentiates with pulses of pulse_s; its sign is the set polarity</source>
            <translation>потенциирует импульсами длительностью pulse_s; знак – полярность SET</translation>
        </message>
        <message>
            <source>potentiation</source>
            <translation>потенциация</translation>
        </message>
        <message>
            <source>potentiation-depression</source>
            <translation>потенц.-депр.</translation>
        </message>
        <message>
            <source>power</source>
            <translation>степенное</translation>
        </message>
        <message>
            <source>pre spike alone</source>
            <translation>только пре-спайк</translation>
        </message>
        <message>
            <source>pre-only</source>
            <translation>только пре-спайк</translation>
        </message>
        <message>
            <source>prefactor of the high-resistance state, A/(V m2)</source>
            <translation>множитель высокоомного состояния, А/(В·м²)</translation>
        </message>
        <message>
            <source>prodromakis</source>
            <translation>prodromakis</translation>
        </message>
        <message>
            <source>program</source>
            <translation>запись</translation>
        </message>
        <message>
            <source>pulse</source>
            <translation>импульс</translation>
        </message>
        <message>
            <source>pulses of a train</source>
            <translation>импульсов в серии</translation>
        </message>
        <message>
            <source>pulses of {0} put at most {1} on the device, which switches at {2}</source>
            <translation>импульсы {0} дают на приборе не больше {1}, а переключается он при {2}</translation>
        </message>
        <message>
            <source>pulses to reach the target</source>
            <translation>импульсов для достижения цели</translation>
        </message>
        <message>
            <source>random</source>
            <translation>случайный</translation>
        </message>
        <message>
            <source>read</source>
            <translation>чтение</translation>
        </message>
        <message>
            <source>read after pulse</source>
            <translation>чтение после импульса</translation>
        </message>
        <message>
            <source>read voltage</source>
            <translation>напряжение чтения</translation>
        </message>
        <message>
            <source>readings that no program block lies between have changed</source>
            <translation>чтения, между которыми не было записи, разошлись</translation>
        </message>
        <message>
            <source>reads at {0} come close to {1}, where the device switches; below {2} they leave it alone</source>
            <translation>чтение при {0} близко к {1}, где прибор переключается; ниже {2} оно его не трогает</translation>
        </message>
        <message>
            <source>reset</source>
            <translation>RESET</translation>
        </message>
        <message>
            <source>resistance at w_off</source>
            <translation>сопротивление при w_off</translation>
        </message>
        <message>
            <source>resistance at w_on</source>
            <translation>сопротивление при w_on</translation>
        </message>
        <message>
            <source>resistance of the doped film</source>
            <translation>сопротивление легированной плёнки</translation>
        </message>
        <message>
            <source>resistance of the electrodes</source>
            <translation>сопротивление электродов</translation>
        </message>
        <message>
            <source>resistance of the pure film</source>
            <translation>сопротивление чистой плёнки</translation>
        </message>
        <message>
            <source>resistance with all switches off</source>
            <translation>сопротивление, когда все ключи выключены</translation>
        </message>
        <message>
            <source>resistance with all switches on</source>
            <translation>сопротивление, когда все ключи включены</translation>
        </message>
        <message>
            <source>rest between a pulse and its read</source>
            <translation>пауза между импульсом и его чтением</translation>
        </message>
        <message>
            <source>rest between a read and the next pulse</source>
            <translation>пауза между чтением и следующим импульсом</translation>
        </message>
        <message>
            <source>rest between the pulse and the read</source>
            <translation>пауза между импульсом и чтением</translation>
        </message>
        <message>
            <source>rests between the last spike and the reads</source>
            <translation>паузы между последним спайком и чтениями</translation>
        </message>
        <message>
            <source>reversed</source>
            <translation>обратная пара</translation>
        </message>
        <message>
            <source>reversed pair</source>
            <translation>обратная пара</translation>
        </message>
        <message>
            <source>running</source>
            <translation>идёт</translation>
        </message>
        <message>
            <source>saw</source>
            <translation>пила</translation>
        </message>
        <message>
            <source>series resistor at the bottom electrode</source>
            <translation>последовательный резистор у нижнего электрода</translation>
        </message>
        <message>
            <source>set</source>
            <translation>SET</translation>
        </message>
        <message>
            <source>sham</source>
            <translation>холостой</translation>
        </message>
        <message>
            <source>short</source>
            <translation>замкнут</translation>
        </message>
        <message>
            <source>sine</source>
            <translation>синус</translation>
        </message>
        <message>
            <source>skip</source>
            <translation>пропустить</translation>
        </message>
        <message>
            <source>slows the state at a bound</source>
            <translation>замедляет состояние у границы</translation>
        </message>
        <message>
            <source>smallest delay</source>
            <translation>наименьшая задержка</translation>
        </message>
        <message>
            <source>smallest gap</source>
            <translation>наименьший зазор</translation>
        </message>
        <message>
            <source>smallest gap, nm</source>
            <translation>наименьший зазор, нм</translation>
        </message>
        <message>
            <source>smallest resistance</source>
            <translation>наименьшее сопротивление</translation>
        </message>
        <message>
            <source>smallest resistance of the device: finer ranges</source>
            <translation>наименьшее сопротивление устройства: более тонкие диапазоны</translation>
        </message>
        <message>
            <source>smallest resistance that is allowed for</source>
            <translation>наименьшее учитываемое сопротивление</translation>
        </message>
        <message>
            <source>smallest resistance the device is known to take</source>
            <translation>наименьшее известное сопротивление устройства</translation>
        </message>
        <message>
            <source>speed at negative voltage</source>
            <translation>скорость при отрицательном напряжении</translation>
        </message>
        <message>
            <source>speed at positive voltage</source>
            <translation>скорость при положительном напряжении</translation>
        </message>
        <message>
            <source>speed beyond the threshold, ohm/(V s)</source>
            <translation>скорость за порогом, Ом/(В·с)</translation>
        </message>
        <message>
            <source>speed of switching off, nm/s</source>
            <translation>скорость выключения, нм/с</translation>
        </message>
        <message>
            <source>speed of switching off, per second</source>
            <translation>скорость выключения, в секунду</translation>
        </message>
        <message>
            <source>speed of switching on, nm/s</source>
            <translation>скорость включения, нм/с</translation>
        </message>
        <message>
            <source>speed of switching on, per second</source>
            <translation>скорость включения, в секунду</translation>
        </message>
        <message>
            <source>speed of the gap</source>
            <translation>скорость зазора</translation>
        </message>
        <message>
            <source>speed of the ramps; 0: whatever the period gives</source>
            <translation>скорость развёртки; 0: по периоду</translation>
        </message>
        <message>
            <source>speed of writing</source>
            <translation>скорость записи</translation>
        </message>
        <message>
            <source>speed within the threshold, ohm/(V s)</source>
            <translation>скорость внутри порога, Ом/(В·с)</translation>
        </message>
        <message>
            <source>spike pair</source>
            <translation>пара спайков</translation>
        </message>
        <message>
            <source>spike pairs per point</source>
            <translation>пар спайков на точку</translation>
        </message>
        <message>
            <source>spike-pair</source>
            <translation>пара спайков</translation>
        </message>
        <message>
            <source>spikes below both thresholds of the Yakopcic device, so that only pairs act; for series resistances well below the device's own</source>
            <translation>спайки ниже обоих порогов устройства Yakopcic, так что действуют только пары; для последовательных сопротивлений много меньше сопротивления устройства</translation>
        </message>
        <message>
            <source>square</source>
            <translation>квадратичная</translation>
        </message>
        <message>
            <source>staircase</source>
            <translation>ступенчатая</translation>
        </message>
        <message>
            <source>standard uncertainty of the series resistor, relative (a 1 % part: 0.003 to 0.006), until a check measures it</source>
            <translation>стандартная неопределённость последовательного резистора, относительная (1 %: от 0.003 до 0.006), пока его не измерит проверка</translation>
        </message>
        <message>
            <source>state above which growth slows down</source>
            <translation>состояние, выше которого рост замедляется</translation>
        </message>
        <message>
            <source>state of high resistance, m or 1</source>
            <translation>состояние высокого сопротивления, м или 1</translation>
        </message>
        <message>
            <source>state of low resistance, m or 1</source>
            <translation>состояние низкого сопротивления, м или 1</translation>
        </message>
        <message>
            <source>steepest change of a source; 0 V/s for any</source>
            <translation>самое крутое изменение источника; 0 В/с — любое</translation>
        </message>
        <message>
            <source>stop</source>
            <translation>остановить</translation>
        </message>
        <message>
            <source>stopped</source>
            <translation>остановлен</translation>
        </message>
        <message>
            <source>strukov</source>
            <translation>strukov</translation>
        </message>
        <message>
            <source>sweep</source>
            <translation>развёртка</translation>
        </message>
        <message>
            <source>temperature</source>
            <translation>температура</translation>
        </message>
        <message>
            <source>temperature around it</source>
            <translation>температура вокруг</translation>
        </message>
        <message>
            <source>the article's Fig. 2: a 3 V sine of 100 samples of 1e-5 s, from low resistance</source>
            <translation>рис. 2 статьи: синус 3 В из 100 отсчётов по 1e-5 с, от низкого сопротивления</translation>
        </message>
        <message>
            <source>the article's Fig. 3: potentiation, program pulse then read</source>
            <translation>рис. 3 статьи: потенциация, импульс записи, затем чтение</translation>
        </message>
        <message>
            <source>the article's Fig. 4: potentiation and depression at three amplitudes and two widths, from the lowest conductance; every depression ends there again, so that the trains can be laid over each other</source>
            <translation>рис. 4 статьи: потенциация и депрессия при трёх амплитудах и двух длительностях, от наименьшей проводимости; каждая депрессия снова кончается там, так что серии можно наложить друг на друга</translation>
        </message>
        <message>
            <source>the article's Fig. 5: bipolar triangular spikes</source>
            <translation>рис. 5 статьи: биполярные треугольные спайки</translation>
        </message>
        <message>
            <source>the current at r_min_ohm grows as sinh(v/sinh_v); 0 V where it is a resistor</source>
            <translation>ток при r_min_ohm растёт как sinh(v/sinh_v); 0 В, если это резистор</translation>
        </message>
        <message>
            <source>the current limit of the hardware was reached</source>
            <translation>достигнуто аппаратное ограничение тока</translation>
        </message>
        <message>
            <source>the limit holds the current of the model in {1} of the loop; it wants up to {0}</source>
            <translation>предел держит ток модели на {1} петли; ей нужно до {0}</translation>
        </message>
        <message>
            <source>the run measures {0} million points; fewer than {1} million are easier to keep and to draw</source>
            <translation>измерение даст {0} млн точек; меньше {1} млн легче хранить и рисовать</translation>
        </message>
        <message>
            <source>the run takes {0}; fewer points or shorter rests make it shorter</source>
            <translation>измерение займёт {0}; меньше точек или короче паузы — и оно короче</translation>
        </message>
        <message>
            <source>the state relaxes by itself</source>
            <translation>состояние релаксирует само</translation>
        </message>
        <message>
            <source>thermal resistance, K/W</source>
            <translation>тепловое сопротивление, К/Вт</translation>
        </message>
        <message>
            <source>thickness of the film</source>
            <translation>толщина плёнки</translation>
        </message>
        <message>
            <source>thickness of the oxide</source>
            <translation>толщина оксида</translation>
        </message>
        <message>
            <source>threshold of RESET</source>
            <translation>порог RESET</translation>
        </message>
        <message>
            <source>threshold of SET</source>
            <translation>порог SET</translation>
        </message>
        <message>
            <source>threshold of switching off</source>
            <translation>порог выключения</translation>
        </message>
        <message>
            <source>threshold of switching on</source>
            <translation>порог включения</translation>
        </message>
        <message>
            <source>threshold, both ways</source>
            <translation>порог, в обе стороны</translation>
        </message>
        <message>
            <source>time constant of the decay</source>
            <translation>постоянная времени спада</translation>
        </message>
        <message>
            <source>time constant of the top speed</source>
            <translation>постоянная времени предельной скорости</translation>
        </message>
        <message>
            <source>top-post</source>
            <translation>сверху пост</translation>
        </message>
        <message>
            <source>top-pre</source>
            <translation>сверху пре</translation>
        </message>
        <message>
            <source>tunnelling current</source>
            <translation>туннельный ток</translation>
        </message>
        <message>
            <source>turning point of RESET</source>
            <translation>точка поворота RESET</translation>
        </message>
        <message>
            <source>turning point of SET</source>
            <translation>точка поворота SET</translation>
        </message>
        <message>
            <source>unknown</source>
            <translation>неизвестно</translation>
        </message>
        <message>
            <source>upper boundary at 0 V</source>
            <translation>верхняя граница при 0 В</translation>
        </message>
        <message>
            <source>value of the known resistor</source>
            <translation>значение известного резистора</translation>
        </message>
        <message>
            <source>virgin</source>
            <translation>не формовано</translation>
        </message>
        <message>
            <source>voltage at the device beyond what the plan can put there, or current beyond the profile's limit</source>
            <translation>напряжение на устройстве больше, чем может дать план, или ток больше предела профиля</translation>
        </message>
        <message>
            <source>voltage at which the branches are compared</source>
            <translation>напряжение, при котором сравниваются ветви</translation>
        </message>
        <message>
            <source>voltage dependence downwards, per volt</source>
            <translation>зависимость от напряжения вниз, на вольт</translation>
        </message>
        <message>
            <source>voltage dependence of erasing, per volt; 0: the same as eta2</source>
            <translation>зависимость стирания от напряжения, на вольт; 0: как eta2</translation>
        </message>
        <message>
            <source>voltage dependence of writing, per volt</source>
            <translation>зависимость записи от напряжения, на вольт</translation>
        </message>
        <message>
            <source>voltage dependence upwards, per volt</source>
            <translation>зависимость от напряжения вверх, на вольт</translation>
        </message>
        <message>
            <source>voltage of half the top speed downwards</source>
            <translation>напряжение половины предельной скорости вниз</translation>
        </message>
        <message>
            <source>voltage of half the top speed upwards</source>
            <translation>напряжение половины предельной скорости вверх</translation>
        </message>
        <message>
            <source>wait between the approach and the point</source>
            <translation>ожидание между подходом и точкой</translation>
        </message>
        <message>
            <source>where decay slows down (kvatinsky)</source>
            <translation>где замедляется спад (kvatinsky)</translation>
        </message>
        <message>
            <source>where growth slows down (kvatinsky)</source>
            <translation>где замедляется рост (kvatinsky)</translation>
        </message>
        <message>
            <source>where the numbers come from</source>
            <translation>откуда эти числа</translation>
        </message>
        <message>
            <source>where the target is not reached</source>
            <translation>если цель не достигнута</translation>
        </message>
        <message>
            <source>whether a sine is integrated and measured on exactly its points, as in the article</source>
            <translation>интегрировать и измерять синус точно в его точках, как в статье</translation>
        </message>
        <message>
            <source>whether dt = 0 is among them</source>
            <translation>есть ли среди них dt = 0</translation>
        </message>
        <message>
            <source>which half-loop comes first</source>
            <translation>какая полупетля идёт первой</translation>
        </message>
        <message>
            <source>which half-loops are swept</source>
            <translation>какие полупетли проходятся</translation>
        </message>
        <message>
            <source>which spike enters at the top; auto: dt &gt; 0 potentiates</source>
            <translation>какой спайк подаётся сверху; автоматически: dt &gt; 0 потенцирует</translation>
        </message>
        <message>
            <source>which trains, in which order</source>
            <translation>какие серии и в каком порядке</translation>
        </message>
        <message>
            <source>width of a normal pulse</source>
            <translation>длительность обычного импульса</translation>
        </message>
        <message>
            <source>x is the share of switches that are on; both directions always have a probability.

Volatile: at 0 V the state relaxes towards 1/2 (for equal thresholds), slowly. With ``phi``
below 1 a Schottky branch is added, which passes a current at 0 V unless both its prefactors
are equal: as published.</source>
            <translation>x — доля включённых ключей; у обоих направлений всегда есть вероятность.

Энергозависима: при 0 В состояние медленно релаксирует к 1/2 (при равных порогах). С ``phi`` меньше 1 добавляется ветвь Шоттки, которая пропускает ток при 0 В, если её множители не равны: как опубликовано.</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>да</translation>
        </message>
        <message>
            <source>zha</source>
            <translation>zha</translation>
        </message>
        <message>
            <source>{0} in series leave {1} of {2} at the device when it has {3}; a smaller resistance leaves more</source>
            <translation>последовательные {0} оставляют прибору {1} из {2}, когда у него {3}; меньшее сопротивление оставит больше</translation>
        </message>
        <message>
            <source>{0} points are more than the {1} that the instrument holds; the loop is played in parts</source>
            <translation>{0} точек больше, чем {1}, которые помещаются в прибор; петля играется по частям</translation>
        </message>
        <message>
            <source>{0} points, every {1}</source>
            <translation>{0} точек, каждые {1}</translation>
        </message>
        <message>
            <source>{0} samples</source>
            <translation>отсчётов: {0}</translation>
        </message>
        <message>
            <source>{0}, range {1}</source>
            <translation>{0}, диапазон {1}</translation>
        </message>
        <message>
            <source>{0}, {1} samples</source>
            <translation>{0}, {1} отсчётов</translation>
        </message>
        <message>
            <source>Δr</source>
            <translation>Δr</translation>
        </message>
        <message>
            <source>Δt</source>
            <translation>Δt</translation>
        </message>
        <message>
            <source>Δt max</source>
            <translation>Δt наиб.</translation>
        </message>
        <message>
            <source>Δt min</source>
            <translation>Δt наим.</translation>
        </message>
        <message>
            <source>Δt zero</source>
            <translation>Δt ноль</translation>
        </message>
        <message>
            <source>α</source>
            <translation>α</translation>
        </message>
        <message>
            <source>α f</source>
            <translation>α f</translation>
        </message>
        <message>
            <source>α n</source>
            <translation>α n</translation>
        </message>
        <message>
            <source>α off</source>
            <translation>α off</translation>
        </message>
        <message>
            <source>α on</source>
            <translation>α on</translation>
        </message>
        <message>
            <source>α p</source>
            <translation>α p</translation>
        </message>
        <message>
            <source>α r</source>
            <translation>α r</translation>
        </message>
        <message>
            <source>ν</source>
            <translation>ν</translation>
        </message>
        <message>
            <source>φ</source>
            <translation>φ</translation>
        </message>
        <message>
            <source>φ electron</source>
            <translation>φ электрон</translation>
        </message>
        <message>
            <source>φ ion</source>
            <translation>φ ион</translation>
        </message>
    </context>
    <context>
        <name>sentences</name>
        <message>
            <source>NOT GOOD: {0}</source>
            <translation>НЕ В ПОРЯДКЕ: {0}</translation>
        </message>
        <message>
            <source>UNCALIBRATED bench: data-sheet uncertainties apply</source>
            <translation>стенд НЕ КАЛИБРОВАН: погрешности по паспорту приборов</translation>
        </message>
        <message>
            <source>WRONG WIRING: {0}</source>
            <translation>НЕВЕРНОЕ ПОДКЛЮЧЕНИЕ: {0}</translation>
        </message>
        <message>
            <source>a conductance of {0} at {1}; the profile has {2} to {3}</source>
            <translation>проводимость {0} при {1}; в профиле от {2} до {3}</translation>
        </message>
        <message>
            <source>a conductance of {0} ± {1} was read at {2}; the profile has {3} to {4}</source>
            <translation>прочитана проводимость {0} ± {1} при {2}; в профиле от {3} до {4}</translation>
        </message>
        <message>
            <source>a conductance of {0} ± {1} was read, {2} ± {3} before, with no program in between</source>
            <translation>прочитана проводимость {0} ± {1}, до того {2} ± {3}, без записи между ними</translation>
        </message>
        <message>
            <source>a level of {0} was asked; it must be finite</source>
            <translation>запрошен уровень {0}; он должен быть конечным</translation>
        </message>
        <message>
            <source>a measurement was beyond its range, with {0} and {1} read for the device</source>
            <translation>измерение вне диапазона, для устройства прочитано {0} и {1}</translation>
        </message>
        <message>
            <source>a sine at {0} was asked; it has no constant speed, its period is given instead</source>
            <translation>запрошен синус со скоростью {0}; постоянной скорости у него нет, задаётся период</translation>
        </message>
        <message>
            <source>a sine of polarity {0} was asked; it has both</source>
            <translation>запрошен синус полярности {0}; у него обе</translation>
        </message>
        <message>
            <source>a whole number of {0} digits was asked</source>
            <translation>запрошено целое число из {0} цифр</translation>
        </message>
        <message>
            <source>an empty list of amplitudes or widths was asked</source>
            <translation>список амплитуд или длительностей пуст</translation>
        </message>
        <message>
            <source>an empty list of targets or read delays was asked</source>
            <translation>список целей или пауз до чтения пуст</translation>
        </message>
        <message>
            <source>an initial state x0 of {0} was asked; allowed: {1} to {2}</source>
            <translation>запрошено начальное состояние x0 {0}; допустимо: от {1} до {2}</translation>
        </message>
        <message>
            <source>an input was beyond its range, with {0} and {1} read for the device</source>
            <translation>вход вне диапазона, для устройства прочитано {0} и {1}</translation>
        </message>
        <message>
            <source>at its lower bound, {0}</source>
            <translation>на нижней границе, {0}</translation>
        </message>
        <message>
            <source>at its upper bound, {0}</source>
            <translation>на верхней границе, {0}</translation>
        </message>
        <message>
            <source>at least {0}</source>
            <translation>не менее {0}</translation>
        </message>
        <message>
            <source>at most {0}</source>
            <translation>не более {0}</translation>
        </message>
        <message>
            <source>at most {0} (open circuit)</source>
            <translation>не более {0} (без нагрузки)</translation>
        </message>
        <message>
            <source>bench calibrated {0} against {1}</source>
            <translation>стенд калиброван {0} по {1}</translation>
        </message>
        <message>
            <source>bottom</source>
            <translation>нижнем</translation>
        </message>
        <message>
            <source>charge of one repeat</source>
            <translation>заряд одного повтора</translation>
        </message>
        <message>
            <source>choose an instrument, type its address, or simulate it</source>
            <translation>выберите прибор, введите его адрес или моделируйте его</translation>
        </message>
        <message>
            <source>delays from {0} s to {1} s were asked; dt_min must be below dt_max</source>
            <translation>запрошены задержки от {0} с до {1} с; «Δt наим.» должна быть меньше «Δt наиб.»</translation>
        </message>
        <message>
            <source>did you mean {0}?</source>
            <translation>имелось в виду {0}?</translation>
        </message>
        <message>
            <source>every parameter that was asked to be free ({0}) is fixed, too</source>
            <translation>все параметры, отмеченные свободными ({0}), заодно и закреплены</translation>
        </message>
        <message>
            <source>gains, offsets and resistances lie within their data sheets</source>
            <translation>усиления, смещения и сопротивления в пределах паспортных данных</translation>
        </message>
        <message>
            <source>guard {0}: {1} ({2})</source>
            <translation>контроль «{0}»: {1} ({2})</translation>
        </message>
        <message>
            <source>guard {0}: {1} ({2}), {3}</source>
            <translation>контроль «{0}»: {1} ({2}), {3}</translation>
        </message>
        <message>
            <source>length of the {0}</source>
            <translation>длина: {0}</translation>
        </message>
        <message>
            <source>level of the {0}</source>
            <translation>уровень: {0}</translation>
        </message>
        <message>
            <source>limit of the current</source>
            <translation>ограничение тока</translation>
        </message>
        <message>
            <source>logarithmic delays from 0 s were asked; dt_min above 0 s</source>
            <translation>запрошены логарифмические задержки от 0 с; «Δt наим.» должна быть больше 0 с</translation>
        </message>
        <message>
            <source>no bench is open; nothing was sent</source>
            <translation>стенд не открыт; ничего не подано</translation>
        </message>
        <message>
            <source>no unflagged point has a current; nothing can be fitted</source>
            <translation>ни у одной точки без пометки нет тока; подгонять нечего</translation>
        </message>
        <message>
            <source>nobody answered within {0} s</source>
            <translation>никто не ответил за {0} с</translation>
        </message>
        <message>
            <source>nobody was there to be asked</source>
            <translation>спросить было некого</translation>
        </message>
        <message>
            <source>nothing connects the device's electrodes (no contact, or a broken lead)</source>
            <translation>электроды устройства ничем не соединены (нет контакта или оборван провод)</translation>
        </message>
        <message>
            <source>on_grid was asked of shape {0}; only a sine has a grid</source>
            <translation>для формы {0} запрошено «По сетке»; сетка есть только у синуса</translation>
        </message>
        <message>
            <source>orientation 0 was asked; allowed: 1 or -1</source>
            <translation>запрошена ориентация 0; допустимо: 1 или −1</translation>
        </message>
        <message>
            <source>profile {0} allows {1}, not {2}; nothing was sent</source>
            <translation>профиль {0} допускает {1}, но не {2}; ничего не подано</translation>
        </message>
        <message>
            <source>ramps of the {0}</source>
            <translation>фронты: {0}</translation>
        </message>
        <message>
            <source>read delays must ascend</source>
            <translation>паузы до чтения должны возрастать</translation>
        </message>
        <message>
            <source>shortest pulse of the {0}</source>
            <translation>кратчайший импульс: {0}</translation>
        </message>
        <message>
            <source>slew of a source</source>
            <translation>крутизна источника</translation>
        </message>
        <message>
            <source>stimulus {0}, repeat {1}, {2} after its start</source>
            <translation>воздействие {0}, повтор {1}, {2} от начала</translation>
        </message>
        <message>
            <source>stopped before anything was energised</source>
            <translation>остановлено до подачи напряжения</translation>
        </message>
        <message>
            <source>stopped on request; the outputs are off, the data are kept</source>
            <translation>остановлено по запросу; выходы отключены, данные сохранены</translation>
        </message>
        <message>
            <source>the address is missing, e.g. TCPIP0::192.168.1.11::5025::SOCKET</source>
            <translation>нет адреса, например TCPIP0::192.168.1.11::5025::SOCKET</translation>
        </message>
        <message>
            <source>the answer was to stop</source>
            <translation>ответ: остановить</translation>
        </message>
        <message>
            <source>the bench was made safe while it was being energised</source>
            <translation>стенд приведён в безопасное состояние во время включения</translation>
        </message>
        <message>
            <source>the channel of {0} is inverted</source>
            <translation>канал {0} инвертирован</translation>
        </message>
        <message>
            <source>the channel of {0} sees nothing: its lead is open</source>
            <translation>канал {0} ничего не видит: его провод оборван</translation>
        </message>
        <message>
            <source>the channels of {0} and {1} are swapped</source>
            <translation>каналы {0} и {1} перепутаны</translation>
        </message>
        <message>
            <source>the current limit was reached, with {0} and {1} at the device</source>
            <translation>достигнуто ограничение тока: {0} и {1} на устройстве</translation>
        </message>
        <message>
            <source>the device's electrodes are shorted</source>
            <translation>электроды устройства замкнуты</translation>
        </message>
        <message>
            <source>the device's state is {0}: only reads of at most {1} are allowed until the profile says 'formed'; nothing was sent</source>
            <translation>состояние устройства {0}: пока в профиле не стоит 'formed', допустимо только чтение не более {1}; ничего не подано</translation>
        </message>
        <message>
            <source>the generator's channels are swapped</source>
            <translation>каналы генератора перепутаны</translation>
        </message>
        <message>
            <source>the model cannot be run where the fit starts: {0}</source>
            <translation>модель нельзя запустить там, где начинается подгонка: {0}</translation>
        </message>
        <message>
            <source>the model gives no finite current where the fit starts</source>
            <translation>модель не даёт конечного тока там, где начинается подгонка</translation>
        </message>
        <message>
            <source>the observations agree with each other with a reduced chi-squared of {0} (at most {1})</source>
            <translation>наблюдения согласуются друг с другом, приведённый хи-квадрат {0} (не более {1})</translation>
        </message>
        <message>
            <source>the run determines no parameter of {0}{1}; name some with free, or fit another run</source>
            <translation>прогон не определяет ни одного параметра {0}{1}; отметьте какие-нибудь или подгоняйте другой прогон</translation>
        </message>
        <message>
            <source>there are: {0}</source>
            <translation>есть: {0}</translation>
        </message>
        <message>
            <source>there is no bench or bench file called {0}; {1}</source>
            <translation>нет ни стенда, ни файла стенда с именем {0}; {1}</translation>
        </message>
        <message>
            <source>there is no complete record; nothing can be fitted</source>
            <translation>нет ни одной полной записи; подгонять нечего</translation>
        </message>
        <message>
            <source>there is no form for a bench of kind {0}</source>
            <translation>для стенда вида {0} нет формы</translation>
        </message>
        <message>
            <source>there is no {0} called {1}; {2}</source>
            <translation>нет {0} с именем {1}; {2}</translation>
        </message>
        <message>
            <source>top</source>
            <translation>верхнем</translation>
        </message>
        <message>
            <source>v_set_v {0} V and v_reset_v {1} V were asked; SET must lie below 0 V and RESET above</source>
            <translation>запрошены пороги SET {0} В и RESET {1} В; SET должен быть ниже 0 В, RESET выше</translation>
        </message>
        <message>
            <source>waveform at the {0} electrode</source>
            <translation>сигнал на {0} электроде</translation>
        </message>
        <message>
            <source>wiring: every channel holds its level, and the resistor's current flows</source>
            <translation>подключение: каждый канал держит свой уровень, ток через резистор идёт</translation>
        </message>
        <message>
            <source>wiring: every channel sees what the netlist says</source>
            <translation>подключение: каждый канал видит то, что говорит схема</translation>
        </message>
        <message>
            <source>{0} ({1}) did not answer within {2} s; check that it is on, and that no other program holds it</source>
            <translation>{0} ({1}) не ответил за {2} с; проверьте, что он включён и не занят другой программой</translation>
        </message>
        <message>
            <source>{0} ({1}) refused {2}: {3}</source>
            <translation>{0} ({1}) отклонил {2}: {3}</translation>
        </message>
        <message>
            <source>{0} amplitudes of SET and {1} of RESET were asked; equally many are needed, or one</source>
            <translation>запрошены амплитуды: {0} для SET и {1} для RESET; нужно поровну или одна</translation>
        </message>
        <message>
            <source>{0} and {1} need opposite signs; {2} and {3} given</source>
            <translation>«{0}» и «{1}» должны иметь разные знаки; задано {2} и {3}</translation>
        </message>
        <message>
            <source>{0} at the device; the plan can put {1} there at least</source>
            <translation>{0} на устройстве; план даёт не менее {1}</translation>
        </message>
        <message>
            <source>{0} at the device; the plan can put {1} there at most</source>
            <translation>{0} на устройстве; план даёт не более {1}</translation>
        </message>
        <message>
            <source>{0} does not arrive: its output is not connected</source>
            <translation>{0} не доходит: его выход не подключён</translation>
        </message>
        <message>
            <source>{0} into the device requested so far (worst case), the profile {1} allows {2} in one run; nothing more was sent</source>
            <translation>в устройство уже запрошено {0} (худший случай), профиль {1} допускает {2} за прогон; больше ничего не подано</translation>
        </message>
        <message>
            <source>{0} is inverted</source>
            <translation>{0} инвертирован</translation>
        </message>
        <message>
            <source>{0} is not a finite quantity in {1}</source>
            <translation>{0} — не конечная величина в {1}</translation>
        </message>
        <message>
            <source>{0} is not a level (try '1.2V', '300mV' or '1.1 v_set')</source>
            <translation>{0} — не уровень (например, '1.2V', '300mV' или '1.1 v_set')</translation>
        </message>
        <message>
            <source>{0} is not a number (try {1} or {2})</source>
            <translation>{0} — не число (например, {1} или {2})</translation>
        </message>
        <message>
            <source>{0} is not a quantity in {1} (try {2} or {3})</source>
            <translation>{0} — не величина в {1} (например, {2} или {3})</translation>
        </message>
        <message>
            <source>{0} is not a switch (try 'yes' or 'no')</source>
            <translation>{0} — не переключатель (нужно 'yes' или 'no')</translation>
        </message>
        <message>
            <source>{0} is not a whole number</source>
            <translation>{0} — не целое число</translation>
        </message>
        <message>
            <source>{0} is {1}, its data sheet says {2}</source>
            <translation>{0}: {1}, по паспорту {2}</translation>
        </message>
        <message>
            <source>{0} is {1}, its tolerance says {2}</source>
            <translation>{0}: {1}, по допуску {2}</translation>
        </message>
        <message>
            <source>{0} must be above 0 V and within the limits; {1} given</source>
            <translation>«{0}» должно быть больше 0 В и в пределах ограничений; задано {1}</translation>
        </message>
        <message>
            <source>{0} must be above 0; {1} given</source>
            <translation>«{0}» должно быть больше 0; задано {1}</translation>
        </message>
        <message>
            <source>{0} must lie below 0 V and {1} above; {2} and {3} given</source>
            <translation>«{0}» должно быть ниже 0 В, а «{1}» выше; задано {2} и {3}</translation>
        </message>
        <message>
            <source>{0} must lie between 0 and {1}; {2} and {3} given</source>
            <translation>«{0}» должно лежать между 0 и «{1}»; задано {2} и {3}</translation>
        </message>
        <message>
            <source>{0} must lie within {1} and {2}; {3}, {4} and {5} given</source>
            <translation>«{0}» должно лежать между «{1}» и «{2}»; задано {3}, {4} и {5}</translation>
        </message>
        <message>
            <source>{0} pairs per second were asked; a pair lasts {1} s, so at most {2} Hz</source>
            <translation>запрошено пар в секунду: {0}; пара длится {1} с, то есть не более {2} Гц</translation>
        </message>
        <message>
            <source>{0} program pulses on the device requested so far, the profile {1} allows {2} in one run; nothing more was sent</source>
            <translation>запрошено импульсов записи: {0}; профиль {1} допускает {2} за прогон; больше ничего не подано</translation>
        </message>
        <message>
            <source>{0} samples</source>
            <translation>отсчётов: {0}</translation>
        </message>
        <message>
            <source>{0} samples at most</source>
            <translation>отсчётов не более {0}</translation>
        </message>
        <message>
            <source>{0} through the device; the profile allows {1} at least</source>
            <translation>{0} через устройство; профиль допускает не менее {1}</translation>
        </message>
        <message>
            <source>{0} through the device; the profile allows {1} at most</source>
            <translation>{0} через устройство; профиль допускает не более {1}</translation>
        </message>
        <message>
            <source>{0} was asked; a number is needed</source>
            <translation>запрошено {0}; нужно число</translation>
        </message>
        <message>
            <source>{0} was asked; a whole number is needed</source>
            <translation>запрошено {0}; нужно целое число</translation>
        </message>
        <message>
            <source>{0} was asked; allowed: {1}</source>
            <translation>запрошено {0}; допустимо: {1}</translation>
        </message>
        <message>
            <source>{0} was asked; allowed: {1} to {2}</source>
            <translation>запрошено {0}; допустимо: от {1} до {2}</translation>
        </message>
        <message>
            <source>{0} was asked; true or false is needed</source>
            <translation>запрошено {0}; нужно да или нет</translation>
        </message>
        <message>
            <source>{0}, {1} stimulus</source>
            <translation>{0}, воздействие «{1}»</translation>
        </message>
        <message>
            <source>{0}: a {1} was expected at {2}, but {3} answers; nothing was switched on</source>
            <translation>{0}: по адресу {2} ожидался {1}, а отвечает {3}; ничего не включено</translation>
        </message>
        <message>
            <source>{0}: current of {1} requested (worst case), the profile allows at most {2}; nothing was sent</source>
            <translation>{0}: запрошен ток {1} (худший случай), профиль допускает не более {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: energy of one repeat of {1} requested (worst case), the profile allows at most {2}; nothing was sent</source>
            <translation>{0}: запрошена энергия одного повтора {1} (худший случай), профиль допускает не более {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: nothing answers at {1} ({2}); check power, cable and address; nothing was sent</source>
            <translation>{0}: по адресу {1} никто не отвечает ({2}); проверьте питание, кабель и адрес; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: read voltage of {1} requested (worst case), the profile allows at most {2}; nothing was sent</source>
            <translation>{0}: запрошено напряжение чтения {1} (худший случай), профиль допускает не более {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: voltage at the device of {1} requested (worst case), the profile allows at least {2}; nothing was sent</source>
            <translation>{0}: запрошено напряжение на устройстве {1} (худший случай), профиль допускает не менее {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: voltage at the device of {1} requested (worst case), the profile allows at most {2}; nothing was sent</source>
            <translation>{0}: запрошено напряжение на устройстве {1} (худший случай), профиль допускает не более {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: {1} asked, {2} allowed; nothing was sent</source>
            <translation>{0}: запрошено {1}, допустимо {2}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: {1} of {2} requested (worst case), the profile allows at least {3}; nothing was sent</source>
            <translation>{0}: {1}: запрошено {2} (худший случай), профиль допускает не менее {3}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}: {1} of {2} requested (worst case), the profile allows at most {3}; nothing was sent</source>
            <translation>{0}: {1}: запрошено {2} (худший случай), профиль допускает не более {3}; ничего не подано</translation>
        </message>
        <message>
            <source>{0}; OUTPUTS MAY STILL BE ON: {1}</source>
            <translation>{0}; ВЫХОДЫ МОГУТ БЫТЬ ВКЛЮЧЕНЫ: {1}</translation>
        </message>
        <message>
            <source>{0}; the outputs are off, the data are kept</source>
            <translation>{0}; выходы отключены, данные сохранены</translation>
        </message>
        <message>
            <source>{0}… is too long for a quantity in {1}</source>
            <translation>{0}…: слишком длинно для величины в {1}</translation>
        </message>
    </context>
</TS>
